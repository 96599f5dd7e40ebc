#include "kube/field_set.h"

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::kube {
namespace {

void collect_paths(const FieldSet& set, const std::string& path, std::vector<std::string>& out) {
  if (set.member && !path.empty()) out.push_back(path);
  for (const auto& [element, below] : set.children) {
    const std::string_view body = std::string_view(element).substr(2);
    std::string step;
    switch (element[0]) {
      case 'f':
        step = "." + std::string(body);
        break;
      case 'v':
        step = "[=" + std::string(body) + "]";
        break;
      case 'k': {
        const auto keys = json::parse(body);
        step = "[";
        if (keys && keys->is_object()) {
          for (const auto& key : keys->get_object()) {
            if (step.size() > 1) step += ',';
            step += std::string(key.key()) + "=" + json::print(key.value());
          }
        }
        step += "]";
        break;
      }
      default:
        step = "[" + std::string(body) + "]";
    }
    collect_paths(below, path + step, out);
  }
}

bool is_element(std::string_view key) {
  return key.size() > 2 && key[1] == ':' &&
         (key[0] == 'f' || key[0] == 'k' || key[0] == 'v' || key[0] == 'i');
}

}  // namespace

const FieldSet* FieldSet::child(std::string_view element) const {
  const auto found = children.find(element);
  return found == children.end() ? nullptr : &found->second;
}

void FieldSet::add(const FieldSet& other) {
  member = member || other.member;
  for (const auto& [element, below] : other.children) children[element].add(below);
}

void FieldSet::subtract(const FieldSet& other) {
  if (other.member) member = false;
  for (const auto& [element, below] : other.children) {
    const auto found = children.find(element);
    if (found == children.end()) continue;
    found->second.subtract(below);
    if (found->second.empty()) children.erase(found);
  }
}

FieldSet FieldSet::intersection(const FieldSet& other) const {
  FieldSet result;
  result.member = member && other.member;
  for (const auto& [element, below] : children) {
    const FieldSet* match = other.child(element);
    if (match == nullptr) continue;
    FieldSet both = below.intersection(*match);
    if (!both.empty()) result.children[element] = std::move(both);
  }
  return result;
}

std::vector<std::string> FieldSet::paths() const {
  std::vector<std::string> out;
  collect_paths(*this, "", out);
  return out;
}

FieldSet from_fields_v1(const json::Value& fields) {
  FieldSet set;
  const json::Object* object = fields.if_object();
  if (object == nullptr) return set;
  set.member = object->empty() || object->contains(".");
  for (const auto& entry : *object) {
    if (is_element(entry.key())) set.children[entry.key()] = from_fields_v1(entry.value());
  }
  return set;
}

json::Value to_fields_v1(const FieldSet& set) {
  json::Object object;
  if (set.member && !set.children.empty()) object["."] = json::Object();
  for (const auto& [element, below] : set.children) object[element] = to_fields_v1(below);
  return object;
}

void strip_unowned(FieldSet& set) {
  set.member = false;
  set.children.erase("f:apiVersion");
  set.children.erase("f:kind");
  const auto metadata = set.children.find("f:metadata");
  if (metadata == set.children.end()) return;
  metadata->second.member = false;
  for (const char* name : {"f:name", "f:namespace", "f:creationTimestamp", "f:selfLink", "f:uid",
                           "f:clusterName", "f:generation", "f:managedFields", "f:resourceVersion",
                           "f:deletionTimestamp", "f:deletionGracePeriodSeconds"}) {
    metadata->second.children.erase(name);
  }
  if (metadata->second.empty()) set.children.erase(metadata);
}

}  // namespace firesteel::kube
