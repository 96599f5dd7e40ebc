#include "apiserver/conform.h"
#include "apiserver/handler.h"
#include "apiserver/patch.h"
#include "apiserver/read.h"
#include "apiserver/remove.h"
#include "apiserver/subresources.h"
#include "apiserver/write.h"
#include "base/json/parse.h"

namespace firesteel::apiserver {

namespace {

std::unexpected<Error> not_allowed() {
  return fail(ErrorCode::kMethodNotAllowed,
              "the server does not allow this method on the requested resource");
}

std::unexpected<Error> no_such_resource() {
  return fail(ErrorCode::kNotFound, "the server could not find the requested resource");
}

// DELETE may come without a body; what comes may lack a content type.
Result<Deletion> deletion_of(const Call& call) {
  if (call.http.body.empty()) return read_deletion(call, nullptr);
  const json::Value body = TRY(decode_body(call.http));
  return read_deletion(call, &body);
}

Result<Answer> operate_main(Call& call) {
  const std::string& verb = call.path.verb;
  if (!call.served->has_verb(verb)) return not_allowed();
  if (verb == "get") return read_one(call);
  if (verb == "list") return read_list(call);
  if (verb == "create") {
    if (!call.path.name.empty()) return not_allowed();
    return create_object(call, TRY(read_object(call)));
  }
  if (verb == "update") {
    if (call.path.name.empty()) return not_allowed();
    return replace_object(call, TRY(read_object(call)));
  }
  if (verb == "patch") {
    if (call.path.name.empty()) return not_allowed();
    return patch_object(call);
  }
  if (verb == "delete") {
    const Deletion deletion = TRY(deletion_of(call));
    return remove_object(call, call.path.name, deletion);
  }
  if (verb == "deletecollection") {
    const Deletion deletion = TRY(deletion_of(call));
    return remove_collection(call, deletion);
  }
  return not_allowed();
}

Result<Answer> operate_status(Call& call) {
  const std::string& verb = call.path.verb;
  if (verb == "get") return read_one(call);
  if (verb == "update") return replace_object(call, TRY(read_object(call)));
  if (verb == "patch") return patch_object(call);
  return not_allowed();
}

Result<Answer> operate_scale(Call& call) {
  const std::string& verb = call.path.verb;
  if (verb == "get") return read_scale(call);
  if (verb == "update") return replace_scale(call, TRY(decode_body(call.http)));
  if (verb == "patch") return patch_scale(call);
  return not_allowed();
}

}  // namespace

Result<Answer> operate(Call& call) {
  const std::string& subresource = call.path.subresource;
  const std::string& verb = call.path.verb;
  // A namespaced object needs its namespace in the path; only list, watch and reviews go without.
  const bool across = call.served->namespaced() && call.path.space.empty();
  // Below a path like /api/v1/pods/NAME there is nothing at all.
  if (across && !call.path.name.empty()) return no_such_resource();
  if (across && verb != "list") return not_allowed();
  if (subresource.empty()) return operate_main(call);
  if (!call.served->has_subresource(subresource)) return no_such_resource();
  if (subresource == "status") return operate_status(call);
  if (subresource == "scale") return operate_scale(call);
  if (subresource == "finalize") {
    if (verb != "update") return not_allowed();
    return finalize_namespace(call, TRY(decode_body(call.http)));
  }
  if (subresource == "binding" || subresource == "eviction" || subresource == "token") {
    if (verb != "create") return not_allowed();
    const json::Value body = TRY(decode_body(call.http));
    if (subresource == "binding") return bind_pod(call, body);
    if (subresource == "eviction") return evict_pod(call, body);
    return request_token(call, body);
  }
  return fail(ErrorCode::kMethodNotAllowed,
              fmt::format("{}/{} is not supported by firesteel's embedded cluster",
                          call.resource().plural, subresource));
}

}  // namespace firesteel::apiserver
