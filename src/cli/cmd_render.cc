// `firesteel render FILE` and `firesteel crd`: objects as text, without a cluster.
#include <fmt/core.h>
#include <unistd.h>

#include <optional>

#include "cli/annotated_yaml.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/manifest.h"
#include "cli/output.h"
#include "cli/render.h"
#include "kube/object.h"
#include "spark/crd.h"
#include "spark/defaults.h"
#include "spark/names.h"

namespace firesteel::cli {

spark::AttemptInputs placeholder_inputs() {
  spark::AttemptInputs inputs;
  inputs.submission_id = "00000000-0000-0000-0000-000000000000";
  inputs.application_id = "spark-00000000000000000000000000000000";
  inputs.unique_id = "0000000000000000";
  inputs.local_dir_id = "00000000-0000-0000-0000-000000000000";
  inputs.submitted_at = TimePoint{};
  inputs.kubernetes_master = "https://kubernetes.default.svc:443";
  inputs.network_policy = true;
  return inputs;
}

namespace {

// Terminals, logs of pipelines and pull requests are no place for the values.
void hide_secrets(json::Value& object) {
  if (json::string_at(object, "kind") != "Secret") return;
  for (auto& member : json::make_object(object, {"stringData"})) member.value() = "(hidden)";
}

}  // namespace

Result<Rendered> render_application(json::Value application, std::string_view space) {
  json::Object& metadata = json::make_object(application, {"metadata"});
  if (kube::namespace_of(application).empty()) metadata["namespace"] = space;
  if (kube::uid_of(application).empty()) {
    metadata["uid"] = "00000000-0000-0000-0000-000000000000";
  }
  const json::Value complete = spark::apply_defaults(application);
  const spark::Submission submission = TRY(spark::build_submission(complete, placeholder_inputs()));
  Rendered rendered;
  rendered.objects.push_back(submission.driver_pod);
  rendered.objects.insert(rendered.objects.end(), submission.dependents.begin(),
                          submission.dependents.end());
  for (json::Value& object : rendered.objects) hide_secrets(object);
  rendered.inferred = submission.inferred;
  rendered.explanations = spark::explain(submission, complete);
  return rendered;
}

namespace {

struct Rendering {
  std::vector<json::Value> objects;
  std::string annotated;              // the same as YAML with comments
  std::vector<std::string> inferred;  // for standard error
};

void add_problems(Manifest& manifest, const Input& input, const json::YamlDocument& document,
                  const Error& error) {
  for (const Problem& problem : error.problems) {
    const int line =
        document.line == 0 ? 0 : json::line_of(input.text, document.line, problem.path);
    manifest.findings.push_back({line, problem.path, problem.message, false});
  }
  if (error.problems.empty()) {
    manifest.findings.push_back({document.line, "", error.message, false});
  }
}

// All applications of a file. Nothing when it is bad, which has been told then.
std::optional<Rendering> render_file(const RunOptions& run, const std::string& spark_version,
                                     bool coloured) {
  Input input;
  Result<Manifest> manifest = load_documents(run, input);
  if (!manifest) {
    report(manifest.error());
    return std::nullopt;
  }
  const std::string space = run.target.space.empty() ? "default" : run.target.space;
  Rendering rendering;
  for (json::YamlDocument& document : manifest->documents) {
    if (!manifest->ok()) break;
    if (json::string_at(document.value, "kind") != spark::kSparkApplicationKind) continue;
    if (!spark_version.empty()) {
      json::make_object(document.value, {"spec"})["sparkVersion"] = spark_version;
    }
    const Result<Rendered> rendered = render_application(document.value, space);
    if (!rendered) {
      add_problems(*manifest, input, document, rendered.error());
      continue;
    }
    for (const json::Value& object : rendered->objects) {
      if (!rendering.objects.empty()) rendering.annotated += "---\n";
      rendering.annotated += annotated_yaml(object, rendered->explanations, coloured);
      rendering.objects.push_back(object);
    }
    for (const std::string& one : rendered->inferred) {
      rendering.inferred.push_back(fmt::format("{}: {}\n", kube::name_of(document.value), one));
    }
  }
  print_error(print_findings(input.name, manifest->findings, is_coloured(STDERR_FILENO)));
  if (!manifest->ok()) return std::nullopt;
  return rendering;
}

std::string text_of(const Rendering& rendering, const RenderOptions& options) {
  if (options.output != Output::kYaml) {
    return print_documents(rendering.objects, options.output, false);
  }
  return options.explain ? rendering.annotated
                         : print_documents(rendering.objects, Output::kYaml, false);
}

}  // namespace

int command_render(const RenderOptions& options) {
  RunOptions run;
  run.target = options.target;
  run.file = options.file;
  const bool coloured = is_coloured(STDOUT_FILENO);
  const auto rendering = render_file(run, options.spark_version, coloured);
  if (!rendering) return kExitUsage;
  if (options.other.empty()) {
    for (const std::string& line : rendering->inferred) print_error(line);
    print_out(text_of(*rendering, options));
    return kExitOk;
  }
  run.file = options.other;
  const auto other = render_file(run, "", coloured);
  if (!other) return kExitUsage;
  // Comments would tell differences that the cluster never sees.
  RenderOptions plain = options;
  plain.explain = false;
  const std::string version =
      options.spark_version.empty() ? "" : fmt::format(" (Spark {})", options.spark_version);
  print_out(unified_diff(text_of(*other, plain), text_of(*rendering, plain), options.other,
                         options.file + version, coloured));
  return kExitOk;
}

int command_crd(const CrdOptions& options) {
  const std::vector<json::Value> crds{spark::spark_application_crd(),
                                      spark::scheduled_spark_application_crd()};
  print_out(print_documents(crds, options.output, false));
  return kExitOk;
}

}  // namespace firesteel::cli
