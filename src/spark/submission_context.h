#pragma once
// What the parts of one submission share: the inputs of every step that adds to the driver's
// objects. Pure.
#include <string>
#include <vector>

#include "spark/app.h"
#include "spark/conf.h"
#include "spark/secret_conf.h"
#include "spark/submission.h"
#include "spark/version.h"

namespace firesteel::spark {

// Where the program comes from, after inference.
struct Program {
  std::string main_class;   // PythonRunner and RRunner included
  std::string resource;     // "local:///x.jar", "spark-internal"
  std::string language;     // spark.kubernetes.resource.type: java | python | r
  std::string inline_text;  // not empty: the program itself, mounted as `inline_file`
  std::string inline_file;  // main.py
  [[nodiscard]] bool non_jvm() const { return language != "java"; }
};

struct SubmissionContext {
  const json::Value& application;
  const App& app;
  const AttemptInputs& inputs;
  SparkVersion version{};
  Conf conf{};
  Program program{};
  std::string prefix{};  // P
  std::string pod_name{};
  std::string service_name{};
  std::string properties_map{};
  std::string template_map{};  // "" = executors need no template
  SecretConf secrets{};
  std::vector<Problem> problems{};
  std::vector<std::string> inferred{};
  std::vector<std::string> warnings{};
};

}  // namespace firesteel::spark
