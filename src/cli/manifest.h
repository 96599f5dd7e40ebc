#pragma once
// The input of `run` and `render`: a manifest of several documents, or a bare program that a
// SparkApplication is made around. Pure but for read_input.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/yaml.h"
#include "base/result.h"
#include "cli/commands.h"

namespace firesteel::cli {

inline constexpr std::string_view kDefaultImage = "apache/spark:3.5.9";
// A program goes into a ConfigMap, which holds 1 MiB with everything else.
inline constexpr std::size_t kMaxProgramBytes = 512 * 1024;
inline constexpr std::size_t kMaxManifestBytes = 16 * 1024 * 1024;

struct Input {
  std::string name;  // as given, "-" is "standard input"
  std::string text;
};
// Errors: kNotFound and kIo naming the file; kTooLarge.
[[nodiscard]] Result<Input> read_input(const std::string& path);

// What is a program by its name: .py, .R, .sql, .jar.
[[nodiscard]] bool is_program(std::string_view path);

// A SparkApplication around the program `input` (a .jar is not read: pods mount its directory, so
// its path must be absolute). Errors: kInvalid, kTooLarge.
[[nodiscard]] Result<json::Value> application_around(const Input& input, const RunOptions& options);
// "My_Job 2.py" -> "my-job-2": a DNS label, short enough for the names that Spark makes from it.
[[nodiscard]] std::string application_name(std::string_view path);
// The statements of a .sql file, split at semicolons outside of quotes and comments.
[[nodiscard]] std::vector<std::string> split_sql(std::string_view text);

// One thing about the input; line 0 = about the whole.
struct Finding {
  int line = 0;
  std::string path;     // "spec.driver.cores", or ""
  std::string message;  // what was found and what is expected
  bool warning = false;

  bool operator==(const Finding&) const = default;
};
struct Manifest {
  std::vector<json::YamlDocument> documents;  // members of Lists stand for themselves
  std::vector<Finding> findings;
  [[nodiscard]] bool ok() const;
};
// Everything that is wrong with it, at once.
[[nodiscard]] Manifest read_manifest(const Input& input);
// Both kinds of input: a program is put into `options`' application first.
[[nodiscard]] Result<Manifest> load_documents(const RunOptions& options, Input& input);

// "job.yaml:7: spec.driver.cores: found "two", expected an integer", a line each, warnings marked.
[[nodiscard]] std::string print_findings(const std::string& name,
                                         const std::vector<Finding>& findings, bool coloured);

}  // namespace firesteel::cli
