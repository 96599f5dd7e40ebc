// `firesteel list` and `firesteel status NAME`.
#include <fmt/core.h>
#include <unistd.h>

#include "cli/access.h"
#include "cli/application_view.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/output.h"
#include "cli/render.h"
#include "kube/object.h"
#include "spark/names.h"

namespace firesteel::cli {

namespace {

using kube::resources::kPods;
using kube::resources::kSparkApplications;

std::vector<std::string> inferred_of(const json::Value& application) {
  const Result<Rendered> rendered =
      render_application(application, kube::namespace_of(application));
  return rendered ? rendered->inferred : std::vector<std::string>{};
}

int print_list(const kube::List& list, const ListOptions& options, const std::string& space) {
  if (options.output == Output::kTable || options.output == Output::kWide) {
    if (list.items.empty()) {
      print_error(options.all_namespaces
                      ? "No applications.\n"
                      : fmt::format("No applications in namespace {}; -A lists all.\n", space));
      return kExitOk;
    }
    print_out(applications_table(list.items, options.all_namespaces,
                                 options.output == Output::kWide, SystemClock().now(),
                                 is_coloured(STDOUT_FILENO)));
    return kExitOk;
  }
  std::vector<json::Value> documents;
  for (const json::Document& item : list.items) documents.push_back(*item);
  print_out(print_documents(documents, options.output, true));
  return kExitOk;
}

}  // namespace

int command_list(const ListOptions& options) {
  const Result<Access> cluster = access(options.target);
  if (!cluster) return report(cluster.error());
  const std::string space = options.all_namespaces ? "" : cluster->space;
  auto list = cluster->api->list(kSparkApplications, space, {});
  if (!list) return report(list.error());
  sort_by_age(list->items);
  return print_list(*list, options, space);
}

int command_application_status(const ApplicationStatusOptions& options) {
  const Result<Access> cluster = access(options.target);
  if (!cluster) return report(cluster.error());
  const auto application = cluster->api->get(kSparkApplications, cluster->space, options.name);
  if (!application) return report(application.error());
  if (options.output != Output::kTable) {
    print_out(print_document(**application, options.output));
    return kExitOk;
  }
  kube::ListOptions selection;
  selection.label_selector = fmt::format("{}={}", spark::kLabelAppName, options.name);
  const auto pods = cluster->api->list(kPods, cluster->space, selection);
  if (!pods) return report(pods.error());
  print_out(application_text(**application, pods->items, inferred_of(**application),
                             SystemClock().now(), is_coloured(STDOUT_FILENO)));
  return kExitOk;
}

}  // namespace firesteel::cli
