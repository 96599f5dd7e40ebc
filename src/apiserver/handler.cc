#include "apiserver/handler.h"

#include "apiserver/access_review.h"
#include "apiserver/answer.h"
#include "apiserver/metrics_api.h"
#include "apiserver/pod_logs.h"
#include "apiserver/pod_streams.h"
#include "apiserver/request_options.h"
#include "apiserver/watch.h"
#include "base/json/print.h"
#include "base/log.h"
#include "kube/object.h"
#include "kube/selector.h"

namespace firesteel::apiserver {

namespace {

const kube::Resource kRbac[] = {kube::resources::kRoles, kube::resources::kClusterRoles,
                                kube::resources::kRoleBindings,
                                kube::resources::kClusterRoleBindings};

AuthenticatorOptions authenticator_options(const Core& core) {
  AuthenticatorOptions options;
  options.key_pem = core.options().service_account_key_pem;
  return options;
}

net::Response text(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.body = std::move(body);
  return response;
}

// Nothing at all is there: as Go's multiplexer says it.
net::Response no_page() {
  return text(404, "404 page not found\n");
}

bool is_health(std::string_view path) {
  for (std::string_view root : {"/livez", "/readyz", "/healthz"}) {
    if (path == root || path.starts_with(std::string(root) + "/")) return true;
  }
  return false;
}

// A request whose name is only in the field selector is authorized for that name, as in
// kube-apiserver.
std::string authorized_name(const RequestPath& path, const net::Query& query) {
  if (!path.name.empty()) return path.name;
  static constexpr std::string_view kName = "metadata.name";
  const auto selector =
      kube::FieldSelector::parse(query_value(query, "fieldSelector"), std::span(&kName, 1));
  const std::string* name = selector ? selector->required_value(kName) : nullptr;
  return name == nullptr ? std::string() : *name;
}

// What a refusal names; nothing of a path that is no resource.
kube::Resource resource_of(const RequestPath& path) {
  kube::Resource resource;
  if (!path.is_resource) return resource;
  resource.group = path.group;
  resource.plural = path.plural;
  return resource;
}

// Quotes and control characters would break the header. Source: RFC 7234 5.5, apimachinery
// net.NewWarningHeader.
std::string warning_header(std::string_view text) {
  std::string out = "299 - \"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

}  // namespace

struct ApiHandler::Documents {
  std::shared_ptr<const Registry> registry;
  Discovery discovery;
  OpenApi openapi;

  Documents(std::shared_ptr<const Registry> of, const std::string& address)
      : registry(std::move(of)), discovery(*registry, address), openapi(registry) {}
};

ApiHandler::ApiHandler(Core& core)
    : core_(core),
      authenticator_(authenticator_options(core), core, authorizer_, *core.options().clock) {}

void ApiHandler::handle(const net::Request& request, net::ResponseWriter& writer) {
  try {
    answer(request, writer);
  } catch (const std::exception& error) {
    log::error("a request ended in an exception",
               {{"method", request.method}, {"target", request.target}, {"what", error.what()}});
    // If an answer had begun this fails, and the connection is closed: all that can still be done.
    (void)writer.send(render_error(
        {ErrorCode::kInternal, fmt::format("Internal error occurred: {}", error.what()), {}}));
  }
}

void ApiHandler::refresh_roles() {
  const std::lock_guard lock(roles_mutex_);
  const std::uint64_t now = core_.roles_written();
  if (now == roles_seen_) return;
  authorizer_.rebuild(core_.list(kRbac[0], ""), core_.list(kRbac[1], ""), core_.list(kRbac[2], ""),
                      core_.list(kRbac[3], ""));
  roles_seen_ = now;
}

std::shared_ptr<const ApiHandler::Documents> ApiHandler::documents() {
  const std::lock_guard lock(documents_mutex_);
  const auto registry = core_.registry().get();
  if (documents_ == nullptr || documents_->registry != registry) {
    documents_ = std::make_shared<const Documents>(registry, core_.server_address());
  }
  return documents_;
}

Result<void> ApiHandler::authorize(const RequestPath& path, const net::Query& query,
                                   const net::Request& request, const User& user) {
  refresh_roles();
  Attributes attributes;
  attributes.user = &user;
  attributes.verb = path.verb;
  if (path.is_resource) {
    attributes.group = path.group;
    attributes.resource = path.plural;
    attributes.subresource = path.subresource;
    attributes.space = path.space;
    attributes.name = authorized_name(path, query);
  } else {
    attributes.path = net::path_of(request.target);
  }
  const Decision decision = authorizer_.authorize(attributes);
  if (decision.allowed) return {};
  return std::unexpected(forbidden(attributes, decision));
}

void ApiHandler::answer(const net::Request& request, net::ResponseWriter& writer) {
  // Failed sends mean that the client has gone: nobody is left to tell.
  refresh_roles();
  auto user = authenticator_.authenticate(request);
  if (!user) return (void)writer.send(render_error(user.error()));
  net::Query query = net::query_of(request.target);
  RequestPath path = parse_request_path(request.method, net::path_of(request.target), query);
  if (const auto allowed = authorize(path, query, request, *user); !allowed) {
    const kube::Resource about = resource_of(path);
    return (void)writer.send(render_error(allowed.error(), &about, authorized_name(path, query)));
  }
  if (!path.is_resource) return serve_path(request, path, writer);
  Call call{core_,
            request,
            std::move(path),
            std::move(query),
            core_.registry().get(),
            nullptr,
            *std::move(user),
            {},
            &authorizer_};
  const RequestPath& about = call.path;
  call.served = call.registry->find(about.group, about.version, about.plural);
  const bool scope_fits =
      call.served != nullptr && (call.served->namespaced() || about.space.empty() ||
                                 call.served->resource.plural == "namespaces");
  if (!call.registry->has_group_version(about.group, about.version) && !about.group.empty()) {
    return (void)writer.send(no_page());
  }
  if (!scope_fits || about.too_long) {
    return (void)writer.send(render_error(
        {ErrorCode::kNotFound, "the server could not find the requested resource", {}}));
  }
  if (!call.served->namespaced()) call.path.space.clear();
  serve_resource(call, writer);
}

void ApiHandler::serve_path(const net::Request& request, const RequestPath& /*path*/,
                            net::ResponseWriter& writer) {
  const std::string_view path = net::path_of(request.target);
  if (is_health(path)) return (void)writer.send(text(200, "ok"));
  const auto current = documents();
  if (auto page = current->discovery.answer(request)) return (void)writer.send(*page);
  if (auto page = current->openapi.answer(request)) return (void)writer.send(*page);
  (void)writer.send(no_page());
}

void ApiHandler::serve_from_kubelet(Call& call, net::ResponseWriter& writer) {
  const json::Document pod = core_.get(call.resource(), call.path.space, call.path.name);
  if (pod == nullptr) {
    return (void)writer.send(render_error(not_found(call.resource(), call.path.name).error(),
                                          &call.resource(), call.path.name));
  }
  const json::Document node =
      core_.get(kube::resources::kNodes, "", json::string_at(*pod, {"spec", "nodeName"}));
  net::TlsClientOptions tls;
  tls.ca_pem = core_.options().client_ca_pem;
  tls.certificate = core_.options().kubelet_client;
  const json::Value about = node ? *node : json::Value();
  if (call.path.subresource == "log") return serve_pod_log(*pod, about, call.query, tls, writer);
  if (const auto admitted = admit_stream(call); !admitted) {
    return (void)writer.send(render_error(admitted.error(), &call.resource(), call.path.name));
  }
  serve_pod_stream(*pod, about, call.http, call.path.subresource, tls, writer);
}

Result<Answer> ApiHandler::answer_review(Call& call) {
  if (call.path.verb != "create" || !call.path.name.empty()) {
    return fail(ErrorCode::kMethodNotAllowed,
                "the server does not allow this method on the requested resource");
  }
  json::Value body = TRY(decode_body(call.http));
  json::Value answered =
      TRY(apiserver::answer_review(call.resource().kind, std::move(body), call.path.space,
                                   call.user, authorizer_, authenticator_, core_.now()));
  return Answer{201, ObjectAnswer{std::make_shared<const json::Value>(std::move(answered))}};
}

void ApiHandler::serve_resource(Call& call, net::ResponseWriter& writer) {
  const kube::Resource& resource = call.resource();
  const auto form = Representation::of(call.http, call.query);
  const bool is_log = call.path.subresource == "log" && call.path.verb == "get" &&
                      resource == kube::resources::kPods;
  const bool is_stream = is_stream_subresource(call.path.subresource) &&
                         (call.path.verb == "get" || call.path.verb == "create") &&
                         resource == kube::resources::kPods;
  if (is_log || is_stream) return serve_from_kubelet(call, writer);
  if (!form) return (void)writer.send(render_error(form.error(), &resource, call.path.name));
  if (const auto fine = check_options(call.path.verb, call.query, content_type(call.http)); !fine) {
    const kube::Resource options = options_kind(call.path.verb);
    return (void)writer.send(render_error(fine.error(), &options));
  }
  if (call.path.verb == "watch" && call.served->has_verb("watch")) {
    return serve_watch(call, *form, writer);
  }
  const auto answered = resource.group == kMetricsGroup ? answer_metrics(call)
                        : call.served->stored           ? operate(call)
                                                        : answer_review(call);
  net::Response response =
      answered ? render(*form, call.served, *answered, core_.now())
               : render_error(answered.error(), &resource,
                              call.path.name.empty() ? call.object_name : call.path.name);
  for (const std::string& warning : call.warnings) {
    response.headers.add("Warning", warning_header(warning));
  }
  if (call.http.method == "HEAD") response.body.clear();
  (void)writer.send(response);
}

}  // namespace firesteel::apiserver
