#pragma once
// What a request is about, from its method, path and query. Source: apiserver's request info
// resolver (pkg/endpoints/request/requestinfo.go). Pure.
#include <string>
#include <string_view>

#include "net/http.h"

namespace firesteel::apiserver {

struct RequestPath {
  bool is_resource = false;  // below /api/VERSION or /apis/GROUP/VERSION, and names a resource
  std::string group;
  std::string version;
  std::string plural;
  std::string space;  // "" at cluster scope and for all namespaces
  std::string name;   // "" for a collection
  std::string subresource;
  bool too_long = false;  // segments after the subresource: served by nobody
  // get list watch create update patch delete deletecollection; for non-resource paths the method
  // in lower case; "" for a method that resources do not know.
  std::string verb;
};

[[nodiscard]] RequestPath parse_request_path(std::string_view method, std::string_view path,
                                             const net::Query& query);

// The query's first value of that name, or "".
[[nodiscard]] std::string_view query_value(const net::Query& query, std::string_view name);
// Whether it is there and not false (kube/query_flag.h).
[[nodiscard]] bool query_flag(const net::Query& query, std::string_view name);

}  // namespace firesteel::apiserver
