#include "cli/access.h"

#include <cstdlib>

#include "cli/version.h"
#include "client/kubeconfig.h"

namespace firesteel::cli {

namespace {

std::vector<std::string> paths_of(const Target& target) {
  if (!target.kubeconfig.empty()) return {target.kubeconfig};
  return client::kubeconfig_paths();
}

Result<client::Connection> connection_of(const Target& target) {
  const client::Kubeconfig config = TRY(client::load_kubeconfig(paths_of(target)));
  const bool none = target.context.empty() && config.current_context().empty();
  if (none && target.kubeconfig.empty()) {
    Result<client::Connection> inside = client::in_cluster();
    if (inside) return inside;
  }
  return config.connection(target.context);
}

}  // namespace

Result<Access> access(const Target& target, StopToken stop) {
  Result<client::Connection> connection = connection_of(target);
  if (!connection) return fail(ErrorCode::kUnavailable, connection.error().message);
  Access result;
  result.space = target.space.empty() ? connection->default_namespace : target.space;
  if (result.space.empty()) result.space = "default";
  result.context = connection->context;
  result.api =
      TRY(client::connect(*connection, "firesteel/" + std::string(kVersion), std::move(stop)));
  return result;
}

bool has_context(const Target& target) {
  if (!target.context.empty()) return true;
  const Result<client::Kubeconfig> config = client::load_kubeconfig(paths_of(target));
  // A broken file is for access() to report, not a reason to start a cluster.
  if (!config || !config->current_context().empty()) return true;
  return target.kubeconfig.empty() && client::in_cluster().has_value();
}

}  // namespace firesteel::cli
