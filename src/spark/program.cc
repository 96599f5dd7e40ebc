#include "spark/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "spark/names.h"

namespace firesteel::spark {
namespace {

constexpr std::string_view kNoResource = "spark-internal";
constexpr std::string_view kPath = "spec.mainApplicationFile";

std::string_view scheme_of(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  const std::size_t slash = uri.find('/');
  if (colon == std::string_view::npos || slash < colon) return {};
  return uri.substr(0, colon);
}

std::string language_of(std::string_view resource) {
  const std::string_view path = resource.substr(0, resource.find('#'));
  if (path.ends_with(".py")) return "python";
  if (path.ends_with(".R") || path.ends_with(".r")) return "r";
  return "java";
}

Program inline_program(const App& app, std::vector<Problem>& problems,
                       std::vector<std::string>& inferred) {
  Program program;
  program.inline_text = app.main_file;
  if (app.type == "R") {
    program.main_class = "org.apache.spark.deploy.RRunner";
    program.language = "r";
    program.inline_file = "main.R";
  } else if (app.type == "Python") {
    program.main_class = "org.apache.spark.deploy.PythonRunner";
    program.language = "python";
    program.inline_file = "main.py";
    const std::vector<std::string> missing = missing_function_imports(app.main_file);
    if (!missing.empty()) {
      const std::string import =
          fmt::format("from pyspark.sql.functions import {}", fmt::join(missing, ", "));
      program.inline_text = fmt::format("{}  # added by firesteel\n{}", import, app.main_file);
      inferred.push_back(fmt::format("the program calls {} without importing it; added: {}",
                                     fmt::join(missing, ", "), import));
    }
  } else {
    problems.push_back({std::string(kPath),
                        fmt::format("found a program as text, but type is {}; expected a jar such "
                                    "as local:///opt/spark/app.jar, or type Python or R",
                                    app.type),
                        "FieldValueInvalid"});
  }
  program.resource = fmt::format("local://{}/{}", kInlineDirectory, program.inline_file);
  return program;
}

}  // namespace

std::string examples_jar(const SparkVersion& version) {
  return fmt::format("local:///opt/spark/examples/jars/spark-examples_{}-{}.jar", version.scala,
                     version.text);
}

Program resolve_program(const App& app, const SparkVersion& version, std::vector<Problem>& problems,
                        std::vector<std::string>& inferred) {
  if (app.is_inline()) return inline_program(app, problems, inferred);
  Program program;
  program.main_class = app.main_class;
  program.resource = app.main_file;
  if (app.main_file.empty()) {
    program.language = "java";
    program.resource = kNoResource;
    if (app.main_class.starts_with(kExamplesPackage)) {
      program.resource = examples_jar(version);
      inferred.push_back(
          fmt::format("spec.mainApplicationFile is missing; {} is one of Spark's "
                      "examples, so {} is used",
                      app.main_class, program.resource));
    } else {
      problems.push_back({std::string(kPath),
                          "missing, expected a program such as local:///opt/spark/app.py",
                          "FieldValueRequired"});
    }
    return program;
  }
  const std::string_view scheme = scheme_of(program.resource);
  if ((scheme.empty() || scheme == "file") && program.resource != kNoResource) {
    problems.push_back(
        {std::string(kPath),
         fmt::format(
             "found \"{}\", a file of the machine that submits, which is not read; expected "
             "local:///path for a file in the image, or a remote URI such as s3a://",
             app.main_file),
         "FieldValueInvalid"});
  }
  program.language = language_of(program.resource);
  if (program.language == "python") program.main_class = "org.apache.spark.deploy.PythonRunner";
  if (program.language == "r") program.main_class = "org.apache.spark.deploy.RRunner";
  if (program.main_class.empty()) {
    problems.push_back({"spec.mainClass",
                        "missing, expected the main class of the jar (its manifest is not read)",
                        "FieldValueRequired"});
  }
  return program;
}

}  // namespace firesteel::spark
