#pragma once
// The shape of a kubeconfig document (clientcmd/api/v1): named entries in three lists. Internal to
// client; no I/O but real_path.
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::client {

[[nodiscard]] json::Value empty_kubeconfig();
// Errors: kInvalid naming the file; an empty file is an empty kubeconfig.
[[nodiscard]] Result<json::Value> parse_kubeconfig(const std::string& path,
                                                   const std::string& text);
// {"name": name, ...} in document[list], or null.
[[nodiscard]] const json::Value* find_named(const json::Value& document, std::string_view list,
                                            std::string_view name);
// Sets `body` as the member `field` of that entry, adding the entry when there is none. Fields of
// the old body that are not in the new one go; those beside it stay.
void put_named(json::Value& document, std::string_view list, std::string_view name,
               std::string_view field, const json::Object& body);
// False when there was none.
bool remove_named(json::Value& document, std::string_view list, std::string_view name);
// Entries that `into` has not, and the current context when it has none.
void merge_kubeconfig(json::Value& into, json::Value from);
// File names in it are relative to the file's own directory.
void make_paths_absolute(json::Value& document, const std::string& directory);
// Where a symbolic link leads: replacing the link itself would part it from its file.
[[nodiscard]] std::string real_path(const std::string& path);

}  // namespace firesteel::client
