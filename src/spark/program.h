#pragma once
// What the driver runs: main class, resource and language as Spark decides them, and what the
// specification's manifests leave out. Pure. Source: SparkSubmit.prepareSubmitEnvironment,
// DriverCommandFeatureStep.
#include <string>
#include <string_view>
#include <vector>

#include "spark/submission_context.h"

namespace firesteel::spark {

// The jar of Spark's examples inside the official images.
[[nodiscard]] std::string examples_jar(const SparkVersion& version);

// Notes what it filled in. Problems: no program, a file of the submitting machine, a jar without
// main class.
[[nodiscard]] Program resolve_program(const App& app, const SparkVersion& version,
                                      std::vector<Problem>& problems,
                                      std::vector<std::string>& inferred);

// Functions of pyspark.sql.functions that the program calls and neither defines nor imports (the
// specification's own inline example does so). Empty as soon as a star import or anything else
// makes that doubtful. Python's builtins (sum, max, ...) are never among them.
[[nodiscard]] std::vector<std::string> missing_function_imports(std::string_view python);

}  // namespace firesteel::spark
