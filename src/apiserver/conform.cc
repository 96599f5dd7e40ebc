#include "apiserver/conform.h"

#include "apiserver/answer.h"
#include "base/json/duplicates.h"
#include "base/json/print.h"
#include "kube/object.h"
#include "kube/schema.h"
#include "kube/status.h"
#include "kube/types/types.h"

namespace firesteel::apiserver {

namespace {

const kube::StructType* type_of(const ServedResource& served) {
  if (served.custom) return nullptr;
  return kube::find_kind(served.resource.api_version(), served.resource.kind);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

// What ?fieldValidation= says is to be done: warns, or gives the text of the refusal.
Result<std::string> judge(Call& call, const std::vector<std::string>& complaints) {
  const std::string_view mode = query_value(call.query, "fieldValidation");
  if (!mode.empty() && mode != "Strict" && mode != "Warn" && mode != "Ignore") {
    return fail(ErrorCode::kBadRequest,
                fmt::format("fieldValidation: Unsupported value: \"{}\": supported values: "
                            "\"Ignore\", \"Strict\", \"Warn\"",
                            mode));
  }
  if (complaints.empty() || mode == "Ignore") return {};
  if (mode == "Strict") return "strict decoding error: " + joined(complaints);
  call.warnings.insert(call.warnings.end(), complaints.begin(), complaints.end());
  return {};
}

std::unexpected<Error> cannot_be_handled(const Call& call, std::string_view found_kind,
                                         std::string_view found_version, std::string_view why) {
  return fail(ErrorCode::kBadRequest,
              fmt::format("{} in version \"{}\" cannot be handled as a {}: {}", found_kind,
                          found_version, call.resource().kind, why));
}

std::unexpected<Error> cannot_be_handled(const Call& call, std::string_view why) {
  return cannot_be_handled(call, call.resource().kind, call.resource().version, why);
}

std::unexpected<Error> unrecognized(const Call& call, std::string_view body, std::string_view why) {
  return fail(
      ErrorCode::kBadRequest,
      fmt::format("the object provided is unrecognized (must be of type {}): couldn't get "
                  "version/kind; json parse error: {} ({})",
                  call.resource().kind, why, body.empty() ? "<empty>" : body.substr(0, 30)));
}

// Another kind than the one of the path. Source: apimachinery's runtime.Scheme.
Result<void> check_kind(const Call& call, const json::Value& object) {
  const kube::Resource& resource = call.resource();
  std::string_view version = json::string_at(object, "apiVersion");
  std::string_view kind = json::string_at(object, "kind");
  const std::string own = resource.api_version();
  if (version.empty()) version = own;
  if (kind.empty()) kind = resource.kind;
  if (version == own && kind == resource.kind) return {};
  const std::size_t slash = version.find('/');
  const std::string_view bare =
      slash == std::string_view::npos ? version : version.substr(slash + 1);
  if (kube::find_kind(version, kind) == nullptr) {
    return cannot_be_handled(
        call, kind, bare,
        fmt::format("no kind \"{}\" is registered for version \"{}\"", kind, version));
  }
  return cannot_be_handled(
      call, kind, bare,
      fmt::format("converting ({}.{}) to ({}.{}): unknown conversion", bare, kind,
                  resource.group.empty() ? "core" : resource.group, resource.kind));
}

}  // namespace

Result<json::Value> read_object(Call& call) {
  const bool json = is_json_body(call.http);
  auto read = decode_body(call.http);
  if (!read) {
    if (json && call.http.body.empty()) {
      return unrecognized(call, "", "unexpected end of JSON input");
    }
    if (json && read.error().code == ErrorCode::kBadRequest) {
      return unrecognized(call, call.http.body, read.error().message);
    }
    return std::unexpected(read.error());
  }
  json::Value object = *std::move(read);
  if (json) call.duplicates = json::duplicate_members(call.http.body);
  if (object.is_null() && !call.served->custom) object.emplace_object();
  const kube::StructType* type = type_of(*call.served);
  if (type == nullptr) return object;
  if (!object.is_object()) {
    return unrecognized(call, call.http.body, "the body is no object");
  }
  TRY(check_kind(call, object));
  const auto complaints = kube::decode(*type, object, call.duplicates);
  if (!complaints) return cannot_be_handled(call, complaints.error().message);
  const std::string refusal = TRY(judge(call, *complaints));
  if (!refusal.empty()) return cannot_be_handled(call, refusal);
  return object;
}

Result<void> conform_patched(Call& call, json::Value& object) {
  const kube::StructType* type = type_of(*call.served);
  if (type == nullptr) return {};
  const auto refuse = [&](std::string_view why) {
    const std::string shown = json::print(json::Value(json::print(object)));
    return std::unexpected(kube::invalid_error(
        {}, "",
        {{"patch", fmt::format("Invalid value: {}: {}", shown, why), "FieldValueInvalid"}}));
  };
  if (!object.is_object()) return refuse("the result of the patch is no object");
  json::Value decoded = object;
  const auto complaints = kube::decode(*type, decoded, call.duplicates);
  if (!complaints) return refuse(complaints.error().message);
  const std::string refusal = TRY(judge(call, *complaints));
  if (!refusal.empty()) return refuse(refusal);
  object = std::move(decoded);
  return {};
}

Result<void> check_applied(const Call& call, const json::Value& applied) {
  const kube::StructType* type = type_of(*call.served);
  if (type == nullptr) return {};
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInternal,
                fmt::format("failed to create typed patch object ({}/{}; {}, Kind={}): {}",
                            kube::namespace_of(applied), kube::name_of(applied),
                            call.resource().group.empty() ? "/" + call.resource().version
                                                          : call.resource().api_version(),
                            call.resource().kind, why));
  };
  json::Value copy = applied;
  const auto complaints = kube::decode(*type, copy);
  if (!complaints) return refuse(complaints.error().message);
  if (complaints->empty()) return {};
  // `unknown field "spec.x"`
  const std::string& first = complaints->front();
  const std::size_t quote = first.find('"') + 1;
  return refuse(fmt::format(".{}: field not declared in schema",
                            first.substr(quote, first.size() - quote - 1)));
}

Result<void> prune(Call& call, json::Value& object) {
  if (!call.served->custom) {
    normalise(*call.served, object);
    return {};
  }
  if (!call.served->schema) return {};
  std::vector<std::string> complaints;
  for (const std::string& path : call.duplicates) {
    complaints.push_back(fmt::format("duplicate field \"{}\"", path));
  }
  for (const std::string& path : call.served->schema->prune(object)) {
    complaints.push_back(fmt::format("unknown field \"{}\"", path));
  }
  const std::string refusal = TRY(judge(call, complaints));
  if (!refusal.empty()) return cannot_be_handled(call, refusal);
  return {};
}

void normalise(const ServedResource& served, json::Value& object) {
  const kube::StructType* type = type_of(served);
  // What was read has been checked: what we or a webhook added is ours to get right.
  if (type != nullptr) (void)kube::decode(*type, object);
}

}  // namespace firesteel::apiserver
