#pragma once
// What a handler answers, before it is put into the form that the client asked for: JSON or YAML;
// the object, a Table, or its metadata alone.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "apiserver/registry.h"
#include "apiserver/table.h"
#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "net/http.h"

namespace firesteel::apiserver {

struct ObjectAnswer {
  json::Document object;
};
struct ListAnswer {
  std::vector<json::Document> items;
  std::string resource_version;
  std::string continue_token;
  std::optional<std::int64_t> remaining;
};
struct Answer {
  int status = 200;
  std::variant<ObjectAnswer, ListAnswer> body;
};

// From the Accept header and ?includeObject=.
struct Representation {
  enum class Form { kObject, kTable, kMetadata };
  Form form = Form::kObject;
  bool yaml = false;
  IncludeObject include = IncludeObject::kMetadata;
  bool pretty = false;

  // Errors: kNotAcceptable when JSON (or YAML) would not do; kBadRequest for a bad includeObject.
  [[nodiscard]] static Result<Representation> of(const net::Request& request,
                                                 const net::Query& query);
};

// One object in the asked form. `with_columns`: see to_table.
[[nodiscard]] json::Document shape(const Representation& form, const ServedResource& served,
                                   const json::Document& object, TimePoint now,
                                   bool with_columns = true);

// The whole response. `served` is null for objects of no served kind (Status).
[[nodiscard]] net::Response render(const Representation& form, const ServedResource* served,
                                   const Answer& answer, TimePoint now);
[[nodiscard]] net::Response render_error(const Error& error,
                                         const kube::Resource* resource = nullptr,
                                         std::string_view name = {});
// A Status object with "status": "Success" for a deletion.
[[nodiscard]] json::Value success_status(const kube::Resource& resource, std::string_view name,
                                         std::string_view uid);

// Is the body JSON by its Content-Type? fabric8 and curl send bodies without a type or as */*;
// kube-apiserver takes those for JSON.
[[nodiscard]] bool is_json_body(const net::Request& request);
// The body as an object, by its Content-Type: JSON, YAML. Errors: kUnsupportedMedia, kBadRequest.
[[nodiscard]] Result<json::Value> decode_body(const net::Request& request);
// "application/json" out of "application/json; charset=utf-8", lower case.
[[nodiscard]] std::string content_type(const net::Request& request);

}  // namespace firesteel::apiserver
