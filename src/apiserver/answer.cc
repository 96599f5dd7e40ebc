#include "apiserver/answer.h"

#include "apiserver/media_type.h"
#include "apiserver/protobuf.h"
#include "apiserver/request_path.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "base/json/yaml.h"
#include "kube/object.h"
#include "kube/status.h"

namespace firesteel::apiserver {

namespace {

json::Value list_metadata(const ListAnswer& list) {
  json::Object metadata{{"resourceVersion", list.resource_version}};
  if (!list.continue_token.empty()) metadata["continue"] = list.continue_token;
  if (list.remaining) metadata["remainingItemCount"] = *list.remaining;
  return metadata;
}

json::Value single_metadata(const json::Value& object) {
  return json::Object{{"resourceVersion", kube::resource_version_of(object)}};
}

// Kubernetes' own kinds stand in a list without kind and apiVersion (the list's say it), custom
// ones with them: a decoder of typed lists and one of unstructured ones expect just that.
bool names_its_kind(const ServedResource& served, std::string_view member) {
  return served.custom || (member != "kind" && member != "apiVersion");
}

void print_item(std::string& out, const ServedResource& served, const json::Value& item) {
  out += '{';
  bool first = true;
  for (const auto& member : item.as_object()) {
    if (!names_its_kind(served, member.key())) continue;
    if (!first) out += ',';
    first = false;
    json::print_to(out, json::Value(std::string_view(member.key())));
    out += ':';
    json::print_to(out, member.value());
  }
  out += '}';
}

// Items are printed one by one from the shared documents: a list of thousands is never copied.
std::string print_list(const ServedResource& served, const ListAnswer& list) {
  std::string out = "{\"kind\":";
  json::print_to(out, json::Value(served.list_kind));
  out += ",\"apiVersion\":";
  json::print_to(out, json::Value(served.resource.api_version()));
  out += ",\"metadata\":";
  json::print_to(out, list_metadata(list));
  out += ",\"items\":[";
  bool first = true;
  for (const json::Document& item : list.items) {
    if (!first) out += ',';
    first = false;
    print_item(out, served, *item);
  }
  return out += "]}";
}

json::Value list_value(const Representation& form, const ServedResource& served,
                       const ListAnswer& list, TimePoint now) {
  if (form.form == Representation::Form::kTable) {
    return to_table(served, list.items, now, form.include, list_metadata(list));
  }
  if (form.form == Representation::Form::kMetadata) {
    return to_partial_metadata_list(list.items, list_metadata(list));
  }
  json::Array items;
  for (const json::Document& item : list.items) {
    json::Value copy = *item;
    if (!served.custom) {
      json::remove(copy.as_object(), "kind");
      json::remove(copy.as_object(), "apiVersion");
    }
    items.push_back(std::move(copy));
  }
  return json::Object{{"kind", served.list_kind},
                      {"apiVersion", served.resource.api_version()},
                      {"metadata", list_metadata(list)},
                      {"items", std::move(items)}};
}

std::string print_as(const Representation& form, const json::Value& value) {
  if (form.yaml) return json::print_yaml(value);
  return (form.pretty ? json::print_pretty(value) : json::print(value)) + "\n";
}

std::string body_of(const Representation& form, const ServedResource* served, const Answer& answer,
                    TimePoint now) {
  if (const auto* list = std::get_if<ListAnswer>(&answer.body)) {
    const bool plain = form.form == Representation::Form::kObject && !form.yaml && !form.pretty;
    if (plain) return print_list(*served, *list) + "\n";
    return print_as(form, list_value(form, *served, *list, now));
  }
  const json::Document& object = std::get<ObjectAnswer>(answer.body).object;
  const bool status = json::string_at(*object, "kind") == "Status" &&
                      json::string_at(*object, "apiVersion") == "v1";
  if (served == nullptr || status) return print_as(form, *object);
  return print_as(form, *shape(form, *served, object, now));
}

// What an error is about, as its message says: `pods.metrics.k8s.io "x" not found`.
struct Subject {
  kube::Resource resource;  // kind and plural are the same word
  std::string name;
};

std::optional<Subject> subject_of(std::string_view message) {
  static constexpr std::string_view kConflict = "Operation cannot be fulfilled on ";
  if (message.starts_with(kConflict)) message.remove_prefix(kConflict.size());
  const std::size_t quote = message.find(" \"");
  if (quote == std::string_view::npos) return std::nullopt;
  const std::string_view what = message.substr(0, quote);
  const std::size_t end = message.find('"', quote + 2);
  if (end == std::string_view::npos || what.find(' ') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = message.substr(end + 1);
  static constexpr std::string_view kRests[] = {" is invalid", " not found", " already exists",
                                                " is forbidden", ": "};
  if (std::ranges::none_of(kRests, [&](std::string_view each) { return rest.starts_with(each); })) {
    return std::nullopt;
  }
  Subject subject;
  const std::size_t dot = what.find('.');
  subject.resource.kind = what.substr(0, dot);
  subject.resource.plural = subject.resource.kind;
  if (dot != std::string_view::npos) subject.resource.group = what.substr(dot + 1);
  subject.name = message.substr(quote + 2, end - quote - 2);
  return subject;
}

// The details say what the message says. Of a request that was not understood Kubernetes tells no
// more than the message; of one that it has no handler for, that there is nothing to tell.
json::Value status_of(const Error& error, const kube::Resource* resource, std::string_view name) {
  switch (error.code) {
    case ErrorCode::kBadRequest:
      return kube::to_status(error);
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
    case ErrorCode::kInvalid:
    case ErrorCode::kForbidden:
      if (const auto subject = subject_of(error.message)) {
        return kube::to_status(error, &subject->resource, subject->name);
      }
      if (error.code == ErrorCode::kForbidden) return kube::to_status(error, resource, name);
      break;
    case ErrorCode::kMethodNotAllowed:
    case ErrorCode::kNotAcceptable:
    case ErrorCode::kUnsupportedMedia:
    case ErrorCode::kTooLarge:
    case ErrorCode::kInternal:
      break;
    case ErrorCode::kUnauthorized:
    case ErrorCode::kGone:
    case ErrorCode::kTooManyRequests:
    case ErrorCode::kTimeout:
    case ErrorCode::kUnavailable:
    case ErrorCode::kIo:
      return kube::to_status(error, resource, name);
  }
  json::Value status = kube::to_status(error);
  const bool routed = error.code == ErrorCode::kNotFound ||
                      error.code == ErrorCode::kMethodNotAllowed ||
                      error.message.starts_with("415") || error.message.starts_with("406");
  if (routed && !status.as_object().contains("details")) {
    status.as_object()["details"] = json::Object();
  }
  return status;
}

// Leaves the representation's form for one accepted media type; false when we do not speak it.
bool choose(const MediaType& type, Representation& form) {
  const std::string_view as = type.parameter("as");
  if (type.accepts_json() || type.type == "application/yaml") {
    if (!as.empty() && type.parameter("g") != "meta.k8s.io") return false;
    if (as == "Table") {
      form.form = Representation::Form::kTable;
    } else if (as == "PartialObjectMetadata" || as == "PartialObjectMetadataList") {
      form.form = Representation::Form::kMetadata;
    } else if (!as.empty()) {
      return false;
    }
    form.yaml = type.type == "application/yaml";
    return true;
  }
  return false;
}

}  // namespace

Result<Representation> Representation::of(const net::Request& request, const net::Query& query) {
  Representation form;
  const auto include = parse_include_object(query_value(query, "includeObject"));
  if (!include) {
    return fail(
        ErrorCode::kBadRequest,
        fmt::format("Unable to convert to Table as requested: includeObject: Invalid value: "
                    "\"{}\": must be 'Metadata', 'Object', 'None', or empty",
                    query_value(query, "includeObject")));
  }
  form.include = *include;
  form.pretty = !query_value(query, "pretty").empty() && query_flag(query, "pretty");
  for (const MediaType& type : parse_accept(request.headers.get("Accept"))) {
    if (choose(type, form)) return form;
  }
  return fail(ErrorCode::kNotAcceptable,
              "only the following media types are accepted: application/json, application/yaml");
}

json::Document shape(const Representation& form, const ServedResource& served,
                     const json::Document& object, TimePoint now, bool with_columns) {
  switch (form.form) {
    case Representation::Form::kObject:
      return object;
    case Representation::Form::kTable:
      return std::make_shared<const json::Value>(to_table(served, std::span(&object, 1), now,
                                                          form.include, single_metadata(*object),
                                                          with_columns));
    case Representation::Form::kMetadata:
      return std::make_shared<const json::Value>(to_partial_metadata(*object));
  }
  return object;
}

net::Response render(const Representation& form, const ServedResource* served, const Answer& answer,
                     TimePoint now) {
  net::Response response;
  response.status = answer.status;
  response.headers.add("Content-Type", form.yaml ? "application/yaml" : "application/json");
  response.headers.add("Cache-Control", "no-cache, private");
  response.body = body_of(form, served, answer, now);
  return response;
}

net::Response render_error(const Error& error, const kube::Resource* resource,
                           std::string_view name) {
  const json::Value status = status_of(error, resource, name);
  net::Response response;
  response.status = static_cast<int>(json::int_at(status, {"code"}, 500));
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Cache-Control", "no-cache, private");
  if (error.code == ErrorCode::kTooManyRequests) response.headers.add("Retry-After", "1");
  response.body = json::print(status) + "\n";
  return response;
}

json::Value success_status(const kube::Resource& resource, std::string_view name,
                           std::string_view uid) {
  json::Object details{{"name", name}};
  if (!resource.group.empty()) details["group"] = resource.group;
  details["kind"] = resource.plural;
  if (!uid.empty()) details["uid"] = uid;
  return json::Object{{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", json::Object()},
                      {"status", "Success"},
                      {"details", std::move(details)}};
}

std::string content_type(const net::Request& request) {
  std::string_view header = request.headers.get("Content-Type");
  header = header.substr(0, header.find(';'));
  while (header.ends_with(' ')) header.remove_suffix(1);
  std::string out(header);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_json_body(const net::Request& request) {
  const std::string type = content_type(request);
  return type.empty() || type == "application/json" || type == "*/*";
}

Result<json::Value> decode_body(const net::Request& request) {
  if (is_json_body(request)) return json::parse(request.body);
  const std::string type = content_type(request);
  if (type == "application/yaml" || type == "text/yaml" || type == "application/x-yaml") {
    std::vector<json::YamlDocument> documents = TRY(json::parse_yaml(request.body));
    if (documents.size() != 1) {
      return fail(ErrorCode::kBadRequest,
                  fmt::format("the body has {} YAML documents, expected one", documents.size()));
    }
    return std::move(documents.front().value);
  }
  if (type == kProtobufType) return decode_protobuf(request.body);
  return fail(ErrorCode::kUnsupportedMedia,
              fmt::format("the body of the request was in an unknown format - accepted media types "
                          "include: application/json, application/yaml, {}",
                          kProtobufType));
}

}  // namespace firesteel::apiserver
