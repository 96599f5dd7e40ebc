// Services, ConfigMaps, Secrets, service accounts, events, endpoints, namespaces, volumes and
// claims, quotas.
#include <boost/json/array.hpp>

#include "apiserver/human_duration.h"
#include "apiserver/table_columns.h"
#include "kube/object.h"

namespace firesteel::apiserver::tables {
namespace {

json::Value count(std::size_t size) {
  return json::Value(static_cast<std::int64_t>(size));
}

std::vector<std::string> strings(const json::Array& array) {
  std::vector<std::string> out;
  for (const json::Value& item : array) {
    if (item.is_string()) out.emplace_back(json::view(item.get_string()));
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string external_address(const json::Value& service) {
  const std::string_view type = json::string_at(service, {"spec", "type"});
  if (type == "ExternalName") {
    return std::string(json::string_at(service, {"spec", "externalName"}));
  }
  std::vector<std::string> all;
  for (const json::Value& entry : json::array_at(service, {"status", "loadBalancer", "ingress"})) {
    std::string_view at = json::string_at(entry, "ip");
    if (at.empty()) at = json::string_at(entry, "hostname");
    if (!at.empty() && type == "LoadBalancer") all.emplace_back(at);
  }
  std::ranges::move(strings(json::array_at(service, {"spec", "externalIPs"})),
                    std::back_inserter(all));
  if (all.empty()) return type == "LoadBalancer" ? "<pending>" : "<none>";
  return joined(all, ",");
}

std::string service_ports(const json::Value& service) {
  std::vector<std::string> out;
  for (const json::Value& port : json::array_at(service, {"spec", "ports"})) {
    std::string_view protocol = json::string_at(port, "protocol");
    if (protocol.empty()) protocol = "TCP";
    const std::int64_t node_port = json::int_at(port, {"nodePort"});
    const std::string middle = node_port > 0 ? fmt::format(":{}", node_port) : "";
    out.push_back(fmt::format("{}{}/{}", json::int_at(port, {"port"}), middle, protocol));
  }
  return or_none(joined(out, ","));
}

json::Array service_cells(const json::Value& object, TimePoint now) {
  std::string_view type = json::string_at(object, {"spec", "type"});
  if (type.empty()) type = "ClusterIP";
  return {json::Value(kube::name_of(object)),
          json::Value(type),
          json::Value(or_none(json::string_at(object, {"spec", "clusterIP"}))),
          json::Value(external_address(object)),
          json::Value(service_ports(object)),
          json::Value(age(object, now)),
          json::Value(labels_text(json::object_at(object, {"spec", "selector"})))};
}

json::Array config_map_cells(const json::Value& object, TimePoint now) {
  return {json::Value(kube::name_of(object)),
          count(json::object_at(object, {"data"}).size() +
                json::object_at(object, {"binaryData"}).size()),
          json::Value(age(object, now))};
}

json::Array secret_cells(const json::Value& object, TimePoint now) {
  return {json::Value(kube::name_of(object)), json::Value(json::string_at(object, "type")),
          count(json::object_at(object, {"data"}).size()), json::Value(age(object, now))};
}

json::Array service_account_cells(const json::Value& object, TimePoint now) {
  return {json::Value(kube::name_of(object)), count(json::array_at(object, {"secrets"}).size()),
          json::Value(age(object, now))};
}

// The first of two fields that is there: core/v1 and events.k8s.io/v1 name the same things
// differently.
std::string_view either(const json::Value& event, std::initializer_list<std::string_view> core,
                        std::initializer_list<std::string_view> other) {
  const std::string_view found = json::string_at(event, core);
  return found.empty() ? json::string_at(event, other) : found;
}

std::string event_source(const json::Value& event) {
  std::string_view component =
      either(event, {"source", "component"}, {"deprecatedSource", "component"});
  if (component.empty()) {
    component = either(event, {"reportingComponent"}, {"reportingController"});
  }
  std::string_view host = either(event, {"source", "host"}, {"deprecatedSource", "host"});
  if (host.empty()) host = json::string_at(event, "reportingInstance");
  return host.empty() ? std::string(component) : fmt::format("{}, {}", component, host);
}

std::string event_target(const json::Value& event) {
  const std::string kind = lower(either(event, {"involvedObject", "kind"}, {"regarding", "kind"}));
  const std::string_view name = either(event, {"involvedObject", "name"}, {"regarding", "name"});
  return name.empty() ? kind : fmt::format("{}/{}", kind, name);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

json::Array event_cells(const json::Value& event, TimePoint now) {
  std::string_view first = either(event, {"firstTimestamp"}, {"deprecatedFirstTimestamp"});
  if (first.empty()) first = json::string_at(event, "eventTime");
  std::string_view last = either(event, {"lastTimestamp"}, {"deprecatedLastTimestamp"});
  if (last.empty()) last = first;
  std::int64_t times =
      std::max(json::int_at(event, {"count"}), json::int_at(event, {"deprecatedCount"}));
  const json::Value* series = json::find(event, "series");
  if (series != nullptr && series->is_object()) {
    last = json::string_at(*series, "lastObservedTime");
    times = json::int_at(*series, {"count"});
  } else if (times == 0) {
    times = 1;
  }
  return {json::Value(age_of(last, now)),
          json::Value(json::string_at(event, "type")),
          json::Value(json::string_at(event, "reason")),
          json::Value(event_target(event)),
          json::Value(either(event, {"involvedObject", "fieldPath"}, {"regarding", "fieldPath"})),
          json::Value(event_source(event)),
          json::Value(trimmed(either(event, {"message"}, {"note"}))),
          json::Value(age_of(first, now)),
          json::Value(times),
          json::Value(kube::name_of(event))};
}

json::Array endpoints_cells(const json::Value& object, TimePoint now) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> all;
  for (const json::Value& subset : json::array_at(object, {"subsets"})) {
    const json::Array& ports = json::array_at(subset, {"ports"});
    for (const json::Value& address : json::array_at(subset, {"addresses"})) {
      const std::string_view ip = json::string_at(address, "ip");
      if (ports.empty()) all.emplace_back(ip);
      for (const json::Value& port : ports) {
        all.push_back(fmt::format("{}:{}", ip, json::int_at(port, {"port"})));
      }
    }
  }
  const std::size_t more = all.size() > kShown ? all.size() - kShown : 0;
  all.resize(all.size() - more);
  std::string text = or_none(joined(all, ","));
  if (more > 0) text += fmt::format(" + {} more...", more);
  return {json::Value(kube::name_of(object)), json::Value(text), json::Value(age(object, now))};
}

json::Array namespace_cells(const json::Value& object, TimePoint now) {
  return {json::Value(kube::name_of(object)),
          json::Value(json::string_at(object, {"status", "phase"})), json::Value(age(object, now))};
}

std::string access_modes(const json::Array& modes) {
  std::vector<std::string> out;
  for (const std::string& mode : strings(modes)) {
    if (mode == "ReadWriteOnce") out.emplace_back("RWO");
    if (mode == "ReadOnlyMany") out.emplace_back("ROX");
    if (mode == "ReadWriteMany") out.emplace_back("RWX");
    if (mode == "ReadWriteOncePod") out.emplace_back("RWOP");
  }
  return joined(out, ",");
}

std::string or_unset(std::string_view text) {
  return std::string(text.empty() ? "<unset>" : text);
}

json::Array claim_cells(const json::Value& object, TimePoint now) {
  const std::string_view volume = json::string_at(object, {"spec", "volumeName"});
  const bool bound = !volume.empty();
  return {json::Value(kube::name_of(object)),
          json::Value(kube::is_deleting(object) ? std::string_view("Terminating")
                                                : json::string_at(object, {"status", "phase"})),
          json::Value(volume),
          json::Value(bound ? json::string_at(object, {"status", "capacity", "storage"})
                            : std::string_view()),
          json::Value(bound ? access_modes(json::array_at(object, {"status", "accessModes"}))
                            : std::string()),
          json::Value(json::string_at(object, {"spec", "storageClassName"})),
          json::Value(or_unset(json::string_at(object, {"spec", "volumeAttributesClassName"}))),
          json::Value(age(object, now)),
          json::Value(or_unset(json::string_at(object, {"spec", "volumeMode"})))};
}

json::Array volume_cells(const json::Value& object, TimePoint now) {
  const std::string_view claim = json::string_at(object, {"spec", "claimRef", "name"});
  const std::string_view space = json::string_at(object, {"spec", "claimRef", "namespace"});
  return {json::Value(kube::name_of(object)),
          json::Value(json::string_at(object, {"spec", "capacity", "storage"})),
          json::Value(access_modes(json::array_at(object, {"spec", "accessModes"}))),
          json::Value(json::string_at(object, {"spec", "persistentVolumeReclaimPolicy"})),
          json::Value(kube::is_deleting(object) ? std::string_view("Terminating")
                                                : json::string_at(object, {"status", "phase"})),
          json::Value(claim.empty() ? std::string() : fmt::format("{}/{}", space, claim)),
          json::Value(json::string_at(object, {"spec", "storageClassName"})),
          json::Value(or_unset(json::string_at(object, {"spec", "volumeAttributesClassName"}))),
          json::Value(json::string_at(object, {"status", "reason"})),
          json::Value(age(object, now)),
          json::Value(or_unset(json::string_at(object, {"spec", "volumeMode"})))};
}

// "requests.cpu: 1/2, pods: 3/10", limits apart.
json::Array quota_cells(const json::Value& object, TimePoint now) {
  std::vector<std::string> requests;
  std::vector<std::string> limits;
  for (const auto& [key, hard] : json::object_at(object, {"status", "hard"})) {
    const std::string_view name(key.data(), key.size());
    const std::string_view used = json::string_at(object, {"status", "used", name});
    if (!hard.is_string()) continue;
    const std::string text = fmt::format("{}: {}/{}", name, used, json::view(hard.get_string()));
    (name.starts_with("limits") ? limits : requests).push_back(text);
  }
  std::ranges::sort(requests);
  std::ranges::sort(limits);
  return {json::Value(kube::name_of(object)), json::Value(joined(requests, ", ")),
          json::Value(joined(limits, ", ")), json::Value(age(object, now))};
}

}  // namespace

void add_core(ByResource& out) {
  out["services"] = {{name_column(), column("Type"), column("Cluster-IP"), column("External-IP"),
                      column("Port(s)"), column("Age"), wide("Selector")},
                     service_cells};
  out["configmaps"] = {{name_column(), column("Data"), column("Age")}, config_map_cells};
  out["secrets"] = {{name_column(), column("Type"), column("Data"), column("Age")}, secret_cells};
  out["serviceaccounts"] = {{name_column(), column("Secrets"), column("Age")},
                            service_account_cells};
  PrinterColumn event_name = name_column();
  event_name.priority = 1;
  const BuiltIn events{
      {column("Last Seen"), column("Type"), column("Reason"), column("Object"), wide("Subobject"),
       wide("Source"), column("Message"), wide("First Seen"), wide("Count"), event_name},
      event_cells};
  out["events"] = events;
  out["events.events.k8s.io"] = events;
  out["endpoints"] = {{name_column(), column("Endpoints"), column("Age")}, endpoints_cells};
  out["namespaces"] = {{name_column(), column("Status"), column("Age")}, namespace_cells};
  out["persistentvolumeclaims"] = {
      {name_column(), column("Status"), column("Volume"), column("Capacity"),
       column("Access Modes"), column("StorageClass"), column("VolumeAttributesClass"),
       column("Age"), wide("VolumeMode")},
      claim_cells};
  out["persistentvolumes"] = {
      {name_column(), column("Capacity"), column("Access Modes"), column("Reclaim Policy"),
       column("Status"), column("Claim"), column("StorageClass"), column("VolumeAttributesClass"),
       column("Reason"), column("Age"), wide("VolumeMode")},
      volume_cells};
  out["resourcequotas"] = {{name_column(), column("Request"), column("Limit"), column("Age")},
                           quota_cells};
}

}  // namespace firesteel::apiserver::tables
