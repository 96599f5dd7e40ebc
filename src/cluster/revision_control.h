#pragma once
// Carries out what revisions.h decides, for StatefulSets and DaemonSets.
#include <optional>
#include <string>
#include <vector>

#include "client/informer.h"
#include "cluster/revisions.h"
#include "kube/api.h"

namespace firesteel::cluster {

struct Revisions {
  json::Document update;   // stored
  json::Document current;  // the one named so; `update` when there is none
};
// Stores the revision of the owner's present template, or makes it the newest again, and removes
// those beyond the history limit. `pods` are the owner's; `current` is the name of the revision
// that the status calls current, "" for none.
[[nodiscard]] Result<Revisions> sync_revisions(kube::Api& api, const client::Informer& revisions,
                                               const json::Value& owner,
                                               const std::vector<json::Document>& pods,
                                               std::string_view current);

}  // namespace firesteel::cluster
