#pragma once
// What every namespace has, and how it ends. Pure. Source: kube-controller-manager,
// pkg/controller/serviceaccount, certificates/rootcacertpublisher, namespace.
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::cluster {

inline constexpr std::string_view kDefaultServiceAccount = "default";
inline constexpr std::string_view kRootCaConfigMap = "kube-root-ca.crt";

[[nodiscard]] json::Value default_service_account(std::string_view space);
[[nodiscard]] json::Value root_ca_config_map(std::string_view space, std::string_view ca_pem);

// What to do about a namespace: it lives and needs its parts, it is to be emptied, or it is empty
// and may go.
enum class NamespaceStep { kProvide, kEmpty, kFinalize, kWait };
// `content` is the number of objects still in it.
[[nodiscard]] NamespaceStep decide_namespace(const json::Value& object, std::size_t content);
// The namespace without finalizer "kubernetes" in spec.finalizers: the body of PUT .../finalize.
[[nodiscard]] json::Value finalized(const json::Value& object);

}  // namespace firesteel::cluster
