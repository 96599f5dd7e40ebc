#include "operator/webhook.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "base/log.h"
#include "client/informer.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "kube/status.h"
#include "net/server.h"
#include "operator/webhook_review.h"

namespace firesteel::operators {
namespace {

const kube::Resource kConfigurations[] = {
    {"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations",
     "ValidatingWebhookConfiguration", kube::Scope::kCluster},
    {"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations",
     "MutatingWebhookConfiguration", kube::Scope::kCluster}};

constexpr std::chrono::seconds kRetry{5};
constexpr std::chrono::hours kLongest{6};  // between two looks, whatever the certificates say
constexpr std::chrono::seconds kNodesAreKnown{30};
constexpr int kMaxTries = 5;  // of a write that others may win

// Hands connections to the context of the moment.
class ChangingContext final : public net::TlsServerContext {
 public:
  Result<std::unique_ptr<net::Stream>> accept(int fd, std::chrono::milliseconds deadline,
                                              net::Peer& peer) override {
    return current()->accept(fd, deadline, peer);
  }
  Result<void> use(const net::KeyPair& pair) {
    auto made = TRY(net::TlsServerContext::create(pair, ""));
    const std::lock_guard lock(mutex_);
    context_ = std::move(made);
    return {};
  }

 private:
  std::shared_ptr<net::TlsServerContext> current() {
    const std::lock_guard lock(mutex_);
    return context_;
  }
  std::mutex mutex_;
  std::shared_ptr<net::TlsServerContext> context_;
};

const kube::Resource kResourceQuotas{"", "v1", "resourcequotas", "ResourceQuota"};

// Nodes change seldom and are many; quotas are few and are read for every review.
class Rooms {
 public:
  Rooms(kube::Api& api, const Clock& clock) : api_(api), clock_(clock) {}

  // What cannot be read is unknown.
  spark::ClusterRoom of(std::string_view space) {
    spark::ClusterRoom room;
    room.nodes = nodes();
    if (const auto quotas = api_.list(kResourceQuotas, space, {})) {
      for (const json::Document& quota : quotas->items) room.quotas.push_back(*quota);
    }
    return room;
  }

 private:
  std::optional<json::Array> nodes() {
    {
      const std::lock_guard lock(mutex_);
      if (read_at_ && clock_.now() - *read_at_ < kNodesAreKnown) return nodes_;
    }
    std::optional<json::Array> found;
    if (const auto listed = api_.list(kube::resources::kNodes, "", {})) {
      found.emplace();
      for (const json::Document& node : listed->items) found->push_back(*node);
    }
    const std::lock_guard lock(mutex_);
    read_at_ = clock_.now();
    nodes_ = found;
    return found;
  }

  kube::Api& api_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<TimePoint> read_at_;
  std::optional<json::Array> nodes_;
};

class Reviews final : public net::Handler {
 public:
  Reviews(kube::Api& api, const Clock& clock) : rooms_(api, clock) {}

  void handle(const net::Request& request, net::ResponseWriter& writer) override {
    net::Response response;
    response.headers.add("Content-Type", "application/json");
    const auto answered = answer(request);
    if (answered) {
      response.body = json::print(*answered);
    } else {
      const json::Value status = kube::to_status(answered.error());
      response.status = static_cast<int>(json::int_at(status, {"code"}, 500));
      response.body = json::print(status);
    }
    // A caller that has gone needs no answer.
    (void)writer.send(response);
  }

 private:
  Result<json::Value> answer(const net::Request& request) {
    if (request.method != "POST") {
      return fail(ErrorCode::kMethodNotAllowed, "a webhook is asked with POST");
    }
    const json::Value body = TRY(json::parse(request.body));
    const std::string_view path = net::path_of(request.target);
    if (!path.starts_with("/validate-")) return review(path, body);
    return review(path, body, rooms_.of(json::string_at(body, {"request", "namespace"})));
  }

  Rooms rooms_;
};

client::InformerOptions one_object(const kube::Resource& resource, const std::string& space,
                                   const std::string& name) {
  client::InformerOptions options;
  options.resource = resource;
  options.space = space;
  options.field_selector = "metadata.name=" + name;
  return options;
}

// The patch that puts the bundle into every webhook of the configuration; empty when all have it.
json::Array bundle_patch(const json::Value& configuration, const std::string& bundle) {
  json::Array patch;
  const json::Array& webhooks = json::array_at(configuration, {"webhooks"});
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    if (json::string_at(webhooks[i], {"clientConfig", "caBundle"}) == bundle) continue;
    const std::string path = fmt::format("/webhooks/{}", i);
    // The list may have changed since it was read.
    patch.push_back(json::Object{
        {"op", "test"}, {"path", path + "/name"}, {"value", json::string_at(webhooks[i], "name")}});
    patch.push_back(
        json::Object{{"op", "add"}, {"path", path + "/clientConfig/caBundle"}, {"value", bundle}});
  }
  return patch;
}

}  // namespace

struct Webhook::State {
  State(kube::Api& to, const Clock& with, Options given)
      : api(to),
        clock(with),
        options(std::move(given)),
        secret_name(options.name + "-certs"),
        reviews(to, with),
        serving(std::make_shared<ChangingContext>()) {
    const auto wake = [this](const client::Change&) { look(); };
    watched.push_back(std::make_unique<client::Informer>(
        api, one_object(kube::resources::kSecrets, options.space, secret_name), clock));
    for (const kube::Resource& resource : kConfigurations) {
      watched.push_back(
          std::make_unique<client::Informer>(api, one_object(resource, "", options.name), clock));
    }
    for (const auto& informer : watched) informer->on_change(wake);
  }

  [[nodiscard]] std::vector<std::string> names() const {
    const std::string base = fmt::format("{}.{}", options.name, options.space);
    return {base + ".svc", base, base + ".svc.cluster.local", options.name, "localhost"};
  }

  void look() {
    {
      const std::lock_guard lock(mutex);
      wanted = true;
    }
    changed.notify_all();
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto due = keep_right();
      {
        const std::lock_guard lock(mutex);
        error = due ? "" : due.error().message;
      }
      if (!due) log::warning("the webhook is not set up", {{"error", due.error().message}});
      const auto pause =
          due ? std::clamp<std::chrono::nanoseconds>(*due - clock.now(), kRetry, kLongest)
              : std::chrono::nanoseconds(kRetry);
      std::unique_lock lock(mutex);
      (void)changed.wait_for(lock, stop, pause, [this] { return wanted; });
      wanted = false;
    }
  }

  // One look: certificates, who trusts them, what is served; in this order. Gives when the next is
  // due.
  Result<TimePoint> keep_right() {
    const WebhookCertificates now = TRY(context(stored_certificates(), "certificates"));
    for (const kube::Resource& resource : kConfigurations) {
      TRY(context(tell_authorities(resource, net::base64_encode(now.authorities)), "caBundle"));
    }
    if (now.server.certificate_pem != served) {
      TRY(context(serving->use(now.server), "serving certificate"));
      served = now.server.certificate_pem;
      log::info("the webhook serves a certificate from its Secret", {{"secret", secret_name}});
    }
    return renewal_due(now, options.times);
  }

  // The Secret's, renewed in it when that is due. Of several replicas one wins; the others take
  // what it wrote.
  Result<WebhookCertificates> stored_certificates() {
    for (int attempt = 0;; ++attempt) {
      const auto secret = api.get(kube::resources::kSecrets, options.space, secret_name);
      const bool missing = !secret && secret.error().code == ErrorCode::kNotFound;
      if (!secret && !missing) return std::unexpected(secret.error());
      const WebhookCertificates present =
          missing ? WebhookCertificates() : certificates_in(**secret);
      const WebhookCertificates next = TRY(renewed(present, names(), clock.now(), options.times));
      if (next == present) return next;
      json::Value object =
          missing
              ? json::Value(json::Object{{"apiVersion", "v1"},
                                         {"kind", "Secret"},
                                         {"metadata", json::Object{{"name", secret_name},
                                                                   {"namespace", options.space}}}})
              : **secret;
      object.as_object()["data"] = secret_data(next);
      const auto written =
          missing ? api.create(kube::resources::kSecrets, options.space, object, {})
                  : api.replace(kube::resources::kSecrets, options.space, secret_name, object, {});
      if (written) return next;
      const bool lost = written.error().code == ErrorCode::kConflict ||
                        written.error().code == ErrorCode::kAlreadyExists;
      if (!lost || attempt >= kMaxTries) return std::unexpected(written.error());
    }
  }

  Result<void> tell_authorities(const kube::Resource& resource, const std::string& bundle) {
    auto configuration = api.get(resource, "", options.name);
    // Without one nobody asks; when it comes, the informer wakes us.
    if (!configuration && configuration.error().code == ErrorCode::kNotFound) return {};
    const json::Array patch = bundle_patch(*TRY(std::move(configuration)), bundle);
    if (patch.empty()) return {};
    TRY(api.patch(resource, "", options.name, kube::PatchType::kJson, patch, {}));
    return {};
  }

  kube::Api& api;
  const Clock& clock;
  const Options options;
  const std::string secret_name;
  Reviews reviews;
  std::shared_ptr<ChangingContext> serving;
  std::string served;  // only the thread's
  mutable std::mutex mutex;
  std::condition_variable_any changed;
  bool wanted = false;
  std::string error = "not looked yet";
  std::unique_ptr<net::Server> server;
  std::vector<std::unique_ptr<client::Informer>> watched;
  std::jthread thread;  // the last: it uses all of the above
};

Webhook::Webhook(std::unique_ptr<State> state) : state_(std::move(state)) {}

Webhook::~Webhook() {
  state_->thread.request_stop();
  state_->watched.clear();
}

Result<std::unique_ptr<Webhook>> Webhook::start(kube::Api& api, const Clock& clock,
                                                Options options) {
  auto state = std::make_unique<State>(api, clock, std::move(options));
  const WebhookCertificates first =
      TRY(renewed({}, state->names(), clock.now(), state->options.times));
  TRY(state->serving->use(first.server));
  net::ServerOptions server;
  server.address = state->options.address;
  server.port = state->options.port;
  server.tls = state->serving;
  state->server = TRY(context(net::Server::start(server, state->reviews), "admission webhook"));
  for (const auto& informer : state->watched) informer->start();
  State* const running = state.get();
  state->thread = std::jthread([running](const std::stop_token& stop) { running->run(stop); });
  return std::unique_ptr<Webhook>(new Webhook(std::move(state)));
}

int Webhook::port() const {
  return state_->server->port();
}

void Webhook::look() {
  state_->look();
}

std::string Webhook::last_error() const {
  const std::lock_guard lock(state_->mutex);
  return state_->error;
}

}  // namespace firesteel::operators
