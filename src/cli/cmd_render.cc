// `firesteel render FILE` and `firesteel crd`: objects as text, without a cluster.
#include <fmt/core.h>
#include <unistd.h>

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
  return inputs;
}

Result<Rendered> render_application(json::Value application, std::string_view space) {
  json::Object& metadata = json::make_object(application, {"metadata"});
  if (kube::namespace_of(application).empty()) metadata["namespace"] = space;
  if (kube::uid_of(application).empty()) {
    metadata["uid"] = "00000000-0000-0000-0000-000000000000";
  }
  const spark::Submission submission =
      TRY(spark::build_submission(spark::apply_defaults(application), placeholder_inputs()));
  Rendered rendered;
  rendered.objects.push_back(submission.driver_pod);
  rendered.objects.insert(rendered.objects.end(), submission.dependents.begin(),
                          submission.dependents.end());
  rendered.inferred = submission.inferred;
  return rendered;
}

int command_render(const RenderOptions& options) {
  RunOptions run;
  run.target = options.target;
  run.file = options.file;
  Input input;
  Result<Manifest> manifest = load_documents(run, input);
  if (!manifest) {
    report(manifest.error());
    return kExitUsage;
  }
  const bool coloured = is_coloured(STDERR_FILENO);
  const std::string space = options.target.space.empty() ? "default" : options.target.space;
  std::vector<json::Value> objects;
  for (const json::YamlDocument& document : manifest->documents) {
    if (!manifest->ok()) break;
    if (json::string_at(document.value, "kind") != spark::kSparkApplicationKind) continue;
    const Result<Rendered> rendered = render_application(document.value, space);
    if (!rendered) {
      for (const Problem& problem : rendered.error().problems) {
        const int line =
            document.line == 0 ? 0 : json::line_of(input.text, document.line, problem.path);
        manifest->findings.push_back({line, problem.path, problem.message, false});
      }
      if (rendered.error().problems.empty()) {
        manifest->findings.push_back({document.line, "", rendered.error().message, false});
      }
      continue;
    }
    objects.insert(objects.end(), rendered->objects.begin(), rendered->objects.end());
    for (const std::string& one : rendered->inferred) {
      print_error(fmt::format("{}: {}\n", kube::name_of(document.value), one));
    }
  }
  print_error(print_findings(input.name, manifest->findings, coloured));
  if (!manifest->ok()) return kExitUsage;
  print_out(print_documents(objects, options.output, false));
  return kExitOk;
}

int command_crd(const CrdOptions& options) {
  const std::vector<json::Value> crds{spark::spark_application_crd(),
                                      spark::scheduled_spark_application_crd()};
  print_out(print_documents(crds, options.output, false));
  return kExitOk;
}

}  // namespace firesteel::cli
