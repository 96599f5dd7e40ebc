#include "cluster/revision_control.h"

#include "cluster/controller.h"
#include "cluster/pod_control.h"
#include "kube/object.h"

namespace firesteel::cluster {

Result<Revisions> sync_revisions(kube::Api& api, const client::Informer& revisions,
                                 const json::Value& owner, const std::vector<json::Document>& pods,
                                 std::string_view current) {
  const std::string_view space = kube::namespace_of(owner);
  const std::vector<json::Document> known = controlled_by(owner, revisions);
  std::vector<std::string> live{std::string(current)};
  for (const json::Document& pod : pods)
    live.emplace_back(kube::label_of(*pod, kRevisionHashLabel));
  const RevisionDecision decision = decide_revisions(owner, known, live);
  Revisions result{decision.update, nullptr};
  const std::string_view name = kube::name_of(*decision.update);
  if (decision.create) {
    auto made = api.create(kControllerRevisions, space, *decision.update, {});
    if (!made && made.error().code == ErrorCode::kAlreadyExists)  // not seen yet
      made = api.get(kControllerRevisions, space, name);
    result.update = TRY(std::move(made));
  }
  if (decision.renumber != 0) {
    const json::Value patch = json::Object{{"revision", decision.renumber}};
    result.update =
        TRY(api.patch(kControllerRevisions, space, name, kube::PatchType::kMerge, patch, {}));
  }
  for (const std::string& old : decision.remove) {
    const auto removed = api.remove(kControllerRevisions, space, old, {});
    if (!removed && !is_settled(removed.error())) return std::unexpected(removed.error());
  }
  result.current = result.update;
  for (const json::Document& one : known) {
    if (kube::name_of(*one) == current && current != name) result.current = one;
  }
  return result;
}

}  // namespace firesteel::cluster
