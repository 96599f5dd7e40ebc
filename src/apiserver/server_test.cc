// Raw requests against the server in this process: what clients other than kubectl rely on.
#include <thread>

#include "apiserver/server_fixture.h"
#include "kube/object.h"
#include "net/socket.h"

namespace firesteel::apiserver {
namespace {

class Server : public ServerFixture {
 protected:
  static std::string pod(const std::string& name, const std::string& labels = "{}",
                         const std::string& more = "") {
    return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name + R"(","labels":)" +
           labels + R"(},"spec":{)" + more + R"("containers":[{"name":"c","image":"x:1"}]}})";
  }
  static std::string map(const std::string& name, const std::string& metadata = "") {
    return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + name + "\"" +
           metadata + "}}";
  }
  std::unique_ptr<net::ResponseStream> watch(const std::string& target) {
    net::Request request;
    request.target = target;
    auto stream = client_->open(request);
    EXPECT_TRUE(stream) << stream.error().message;
    return *std::move(stream);
  }
  // The next event of a watch.
  json::Value next(net::ResponseStream& stream) {
    while (buffer_.find('\n') == std::string::npos) {
      const auto piece = stream.read(StopToken());
      EXPECT_TRUE(piece && !piece->empty());
      if (!piece || piece->empty()) return json::Object{{"type", "END"}};
      buffer_ += *piece;
    }
    const std::size_t end = buffer_.find('\n');
    const json::Value event = *json::parse(buffer_.substr(0, end));
    buffer_.erase(0, end + 1);
    return event;
  }
  static std::string what(const json::Value& event) {
    return std::string(json::string_at(event, "type")) + " " +
           std::string(json::string_at(event, {"object", "metadata", "name"}));
  }
  std::string buffer_;
};

constexpr char kPods[] = "/api/v1/namespaces/default/pods";
constexpr char kMaps[] = "/api/v1/namespaces/default/configmaps";

TEST_F(Server, RefusesWhatItDoesNotServeWithTheRightStatus) {
  struct Case {
    std::string method, target, body, type;
    int status;
    std::string reason, message;
  };
  const std::vector<Case> cases = {
      {"GET", "/api/v1/widgets", "", "", 404, "NotFound",
       "the server could not find the requested resource"},
      {"GET", "/apis/nobody.io/v1/widgets", "", "", 404, "", ""},
      {"GET", std::string(kPods) + "/none", "", "", 404, "NotFound", "pods \"none\" not found"},
      {"PUT", kPods, "{}", "application/json", 405, "MethodNotAllowed", ""},
      {"POST", kPods, "x", "application/cbor", 415, "UnsupportedMediaType", ""},
      {"POST", kPods, "{", "application/json", 400, "BadRequest", ""},
      {"POST", "/api/v1/namespaces/none/pods", pod("x"), "application/json", 404, "NotFound",
       "namespaces \"none\" not found"},
      {"POST", kPods, R"({"kind":"Service"})", "application/json", 400, "BadRequest", ""},
      {"POST", kPods, pod("Bad_Name"), "application/json", 422, "Invalid", ""},
      {"GET", std::string(kPods) + "?labelSelector=a%20in", "", "", 400, "BadRequest", ""},
      {"GET", std::string(kPods) + "?fieldSelector=spec.x%3D1", "", "", 400, "BadRequest", ""},
      {"POST", std::string(kPods) + "/x/exec", "", "", 404, "NotFound", "pods \"x\" not found"},
      {"GET", std::string(kPods) + "/x/nonsense", "", "", 404, "NotFound", ""},
  };
  for (const Case& each : cases) {
    const Reply reply = send(each.method, each.target, each.body, each.type);
    EXPECT_EQ(reply.status, each.status)
        << each.method << " " << each.target << " " << json::print(reply.body);
    EXPECT_EQ(json::string_at(reply.body, "reason"), each.reason) << each.target;
    if (!each.message.empty()) {
      EXPECT_EQ(json::string_at(reply.body, "message"), each.message);
    }
  }
}

TEST_F(Server, RefusesStrangers) {
  client_ = connect({});
  EXPECT_EQ(send("GET", kPods).status, 401);
  EXPECT_EQ(send("GET", "/readyz").status, 200);
  client_ =
      connect(*net::issue_certificate(authority_, {"mallory", {}, {}, {}, std::chrono::days(1)}));
  const Reply reply = send("GET", kPods);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(
      json::string_at(reply.body, "message"),
      "pods is forbidden: User \"mallory\" cannot list resource \"pods\" in API group \"\" in "
      "the namespace \"default\"");
}

TEST_F(Server, AServiceAccountTokenGetsWhatItsRoleAllows) {
  const std::string ns = "/api/v1/namespaces/default";
  send("POST", ns + "/serviceaccounts", R"({"metadata":{"name":"spark"}})");
  send(
      "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
      R"({"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]})");
  const Reply token = send("POST", ns + "/serviceaccounts/spark/token", "{}");
  ASSERT_EQ(token.status, 201) << json::print(token.body);
  client_ = connect({});
  net::Request request;
  request.target = kPods;
  request.headers.add("Authorization",
                      "Bearer " + std::string(json::string_at(token.body, {"status", "token"})));
  EXPECT_EQ(client_->send(request)->status, 403);
  client_ = connect(administrator_);
  send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
       R"({"metadata":{"name":"b"},"roleRef":{"kind":"Role","name":"r"},
           "subjects":[{"kind":"ServiceAccount","name":"spark","namespace":"default"}]})");
  client_ = connect({});
  EXPECT_EQ(client_->send(request)->status, 200);
}

TEST_F(Server, PodsGetTheDefaultsThatSparkReliesOn) {
  const Reply made = send("POST", kPods, pod("p"));
  ASSERT_EQ(made.status, 201) << json::print(made.body);
  const json::Value& body = made.body;
  EXPECT_EQ(json::string_at(body, {"spec", "restartPolicy"}), "Always");
  EXPECT_EQ(json::string_at(body, {"spec", "serviceAccountName"}), "default");
  EXPECT_EQ(json::int_at(body, {"spec", "terminationGracePeriodSeconds"}), 30);
  EXPECT_EQ(json::string_at(body, {"status", "phase"}), "Pending");
  EXPECT_EQ(json::string_at(body, {"status", "qosClass"}), "BestEffort");
  EXPECT_FALSE(kube::uid_of(body).empty());
  const json::Value& container = json::array_at(body, {"spec", "containers"})[0];
  EXPECT_EQ(json::string_at(container, "imagePullPolicy"), "IfNotPresent");
  EXPECT_EQ(json::array_at(container, {"volumeMounts"}).size(), 1u);
  EXPECT_EQ(send("POST", kPods, pod("p")).status, 409);
  EXPECT_EQ(send("POST", kPods, pod("q", "{}", R"("serviceAccountName":"none",)")).status, 403);
}

TEST_F(Server, ABoundPodIsDeletedInTwoSteps) {
  send("POST", kPods, pod("p"));
  const std::string target = std::string(kPods) + "/p";
  const std::string binding =
      R"({"apiVersion":"v1","kind":"Binding","metadata":{"name":"p"},"target":{"kind":"Node","name":"n"}})";
  EXPECT_EQ(send("POST", target + "/binding", binding).status, 201);
  EXPECT_EQ(send("POST", target + "/binding", binding).status, 409);
  const Reply marked = send("DELETE", target);
  EXPECT_EQ(marked.status, 200);
  EXPECT_TRUE(kube::is_deleting(marked.body)) << json::print(marked.body);
  EXPECT_EQ(json::int_at(marked.body, {"metadata", "deletionGracePeriodSeconds"}), 30);
  EXPECT_EQ(send("GET", target).status, 200);
  const Reply gone = send("DELETE", target, R"({"gracePeriodSeconds":0})");
  EXPECT_EQ(json::string_at(gone.body, "kind"), "Pod") << json::print(gone.body);
  EXPECT_EQ(send("GET", target).status, 404);
}

TEST_F(Server, FinalizersHoldAnObject) {
  send("POST", kMaps, map("a", R"(,"finalizers":["x.io/y"])"));
  const std::string target = std::string(kMaps) + "/a";
  EXPECT_TRUE(kube::is_deleting(send("DELETE", target).body));
  EXPECT_EQ(send("GET", target).status, 200);
  EXPECT_EQ(
      send("PATCH", target, R"({"metadata":{"finalizers":null}})", "application/merge-patch+json")
          .status,
      200);
  EXPECT_EQ(send("GET", target).status, 404);
  send("POST", kMaps, map("b"));
  const Reply foreground =
      send("DELETE", std::string(kMaps) + "/b", R"({"propagationPolicy":"Foreground"})");
  EXPECT_EQ(json::array_at(foreground.body, {"metadata", "finalizers"}).size(), 1u);
}

TEST_F(Server, WritesConflictOnAnOldRevision) {
  const Reply made = send("POST", kMaps, map("a"));
  const std::string target = std::string(kMaps) + "/a";
  const std::string old(kube::resource_version_of(made.body));
  EXPECT_EQ(send("PATCH", target, R"({"data":{"a":"1"}})", "application/merge-patch+json").status,
            200);
  json::Value stale = made.body;
  EXPECT_EQ(send("PUT", target, json::print(stale)).status, 409);
  const std::string locked = R"([{"op":"add","path":"/metadata/labels","value":{"k":"v"}},
      {"op":"add","path":"/metadata/resourceVersion","value":")" +
                             old + R"("}])";
  EXPECT_EQ(send("PATCH", target, locked, "application/json-patch+json").status, 409);
  EXPECT_EQ(send("PATCH", target, "{}", "text/plain").status, 415);
  const Reply unchanged =
      send("PATCH", target, R"({"data":{"a":"1"}})", "application/merge-patch+json");
  const Reply now = send("GET", target);
  EXPECT_EQ(kube::resource_version_of(unchanged.body), kube::resource_version_of(now.body))
      << "a patch that changes nothing writes nothing";
}

TEST_F(Server, ListsInPagesOfOneSnapshot) {
  for (int i = 0; i < 5; ++i) send("POST", kMaps, map(fmt::format("m{}", i)));
  const Reply first = send("GET", std::string(kMaps) + "?limit=2");
  ASSERT_EQ(json::array_at(first.body, {"items"}).size(), 2u) << json::print(first.body);
  EXPECT_EQ(json::int_at(first.body, {"metadata", "remainingItemCount"}), 3);
  send("DELETE", std::string(kMaps) + "/m3");
  const std::string token(json::string_at(first.body, {"metadata", "continue"}));
  const Reply rest = send("GET", std::string(kMaps) + "?limit=10&continue=" + token);
  EXPECT_EQ(json::array_at(rest.body, {"items"}).size(), 3u) << "m3 was there in that snapshot";
  EXPECT_EQ(json::string_at(rest.body, {"metadata", "resourceVersion"}),
            json::string_at(first.body, {"metadata", "resourceVersion"}));
}

TEST_F(Server, SelectsByLabelsAndFields) {
  send("POST", kPods, pod("a", R"({"spark-role":"executor","spark-exec-id":"1"})"));
  send("POST", kPods, pod("b", R"({"spark-role":"executor","spark-exec-id":"2"})"));
  send("POST", kPods, pod("c", R"({"spark-role":"driver"})"));
  const auto count = [this](const std::string& query) {
    return json::array_at(send("GET", kPods + query).body, {"items"}).size();
  };
  EXPECT_EQ(count("?labelSelector=spark-role%3Dexecutor"), 2u);
  EXPECT_EQ(count("?labelSelector=spark-exec-id+in+(1,3)"), 1u);
  EXPECT_EQ(count("?labelSelector=spark-role%21%3Dexecutor"), 1u);
  EXPECT_EQ(count("?fieldSelector=metadata.name%3Db"), 1u);
  EXPECT_EQ(count("?fieldSelector=status.phase%3DPending"), 3u);
  EXPECT_EQ(send("DELETE", std::string(kPods) + "?labelSelector=spark-role%3Dexecutor").status,
            200);
  EXPECT_EQ(count(""), 1u);
}

TEST_F(Server, AWatchWithoutARevisionBeginsWithWhatExists) {
  send("POST", kPods, pod("a", R"({"x":"1"})"));
  auto stream = watch(std::string(kPods) + "?watch=true&labelSelector=x%3D1");
  EXPECT_EQ(what(next(*stream)), "ADDED a");
  send("POST", kPods, pod("other"));
  send("POST", kPods, pod("b", R"({"x":"1"})"));
  EXPECT_EQ(what(next(*stream)), "ADDED b");
  const auto label = [this](const std::string& name, const std::string& value) {
    send("PATCH", std::string(kPods) + "/" + name, R"({"metadata":{"labels":{"x":)" + value + "}}}",
         "application/merge-patch+json");
  };
  label("b", "\"2\"");
  EXPECT_EQ(what(next(*stream)), "DELETED b") << "it left the selection";
  label("b", "\"1\"");
  EXPECT_EQ(what(next(*stream)), "ADDED b");
  send("DELETE", std::string(kPods) + "/a");
  EXPECT_EQ(what(next(*stream)), "DELETED a");
}

// As fabric8 does it: the upgrade first, then one event a text frame.
TEST_F(Server, AWatchSpeaksWebSocket) {
  send("POST", kPods, pod("a"));
  net::TlsClientOptions options;
  options.ca_pem = authority_.certificate_pem;
  options.certificate = administrator_;
  const auto context = net::TlsClientContext::create(options);
  ASSERT_TRUE(context);
  Fd socket = *net::connect_tcp("127.0.0.1", server_->port(), std::chrono::seconds(5), {});
  auto stream = *(*context)->connect(socket.release(), "127.0.0.1", std::chrono::seconds(5));
  const std::string request = fmt::format(
      "GET {}?watch=true HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      kPods);
  ASSERT_TRUE(stream->write_all(request, {}));
  std::string got;
  const auto read_until = [&](std::string_view text) {
    char buffer[4096];
    while (got.find(text) == std::string::npos) {
      const auto size = stream->read_some(buffer, sizeof buffer, {});
      if (!size || *size == 0) return false;
      got.append(buffer, *size);
    }
    return true;
  };
  ASSERT_TRUE(read_until("\r\n\r\n"));
  EXPECT_TRUE(got.starts_with("HTTP/1.1 101")) << got;
  ASSERT_TRUE(read_until("{\"type\":\"ADDED\""));
  send("DELETE", std::string(kPods) + "/a");
  ASSERT_TRUE(read_until("{\"type\":\"DELETED\""));
  const std::size_t frame = got.find("{\"type\":\"ADDED\"");
  EXPECT_EQ(static_cast<unsigned char>(got[frame - 4]), 0x81) << "one final text frame an event";
  stream->close();
}

TEST_F(Server, AWatchGoesOnOverARestart) {
  const Reply made = send("POST", kMaps, map("a"));
  const std::string from(kube::resource_version_of(made.body));
  send("POST", kMaps, map("b"));
  start();
  auto stream = watch(std::string(kMaps) + "?watch=true&resourceVersion=" + from);
  EXPECT_EQ(what(next(*stream)), "ADDED b");
}

TEST_F(Server, AWatchListEndsItsInitialEventsWithABookmark) {
  send("POST", kMaps, map("a"));
  auto stream = watch(std::string(kMaps) +
                      "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&"
                      "resourceVersionMatch=NotOlderThan");
  EXPECT_EQ(what(next(*stream)), "ADDED a");
  const json::Value mark = next(*stream);
  EXPECT_EQ(json::string_at(mark, "type"), "BOOKMARK");
  EXPECT_EQ(
      json::string_at(mark, {"object", "metadata", "annotations", "k8s.io/initial-events-end"}),
      "true");
}

TEST_F(Server, StoppingEndsOpenWatches) {
  auto stream = watch(std::string(kMaps) + "?watch=true&resourceVersion=1");
  std::jthread stopping([this] { server_.reset(); });
  while (true) {
    const auto piece = stream->read(StopToken());
    if (!piece || piece->empty()) break;
  }
  stopping.join();
  EXPECT_EQ(server_, nullptr);
}

TEST_F(Server, ServicesGetAddresses) {
  const std::string services = "/api/v1/namespaces/default/services";
  const std::string body = R"({"metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}})";
  const Reply made = send("POST", services, body);
  ASSERT_EQ(made.status, 201) << json::print(made.body);
  EXPECT_TRUE(json::string_at(made.body, {"spec", "clusterIP"}).starts_with("127."));
  EXPECT_EQ(json::int_at(json::array_at(made.body, {"spec", "ports"})[0], {"targetPort"}), 80);
  const Reply headless = send(
      "POST", services,
      R"({"metadata":{"name":"h"},"spec":{"clusterIP":"None","ports":[{"port":7078,"name":"p"}]}})");
  EXPECT_EQ(json::string_at(headless.body, {"spec", "clusterIP"}), "None");
}

TEST_F(Server, EventsAreOneResourceInTwoGroups) {
  send("POST", "/api/v1/namespaces/default/events",
       R"({"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},
           "reason":"Started","message":"m","type":"Normal"})");
  const Reply fresh = send("GET", "/apis/events.k8s.io/v1/namespaces/default/events/e");
  EXPECT_EQ(json::string_at(fresh.body, "note"), "m") << json::print(fresh.body);
  EXPECT_EQ(json::string_at(fresh.body, {"regarding", "name"}), "p");
  const Reply selected = send("GET", "/api/v1/events?fieldSelector=involvedObject.name%3Dp");
  EXPECT_EQ(json::array_at(selected.body, {"items"}).size(), 1u);
}

TEST_F(Server, HooksRefuseWarnAndDefault) {
  const kube::Resource& resource = kube::resources::kConfigMaps;
  options_.defaulters[resource] = [](json::Value& object) {
    json::make_object(object, {"data"})["defaulted"] = "yes";
  };
  options_.validators[resource] = [](const json::Value& object) {
    std::vector<Problem> problems;
    if (json::string_at(object, {"data", "bad"}) == "1") {
      problems.push_back({"data.bad", "Invalid value: 1", "FieldValueInvalid"});
      problems.push_back({"data.worse", "Required value", "FieldValueRequired"});
    }
    problems.push_back({"data.old", "is deprecated", "Warning"});
    return problems;
  };
  start();
  const Reply good = send("POST", kMaps, map("a"));
  EXPECT_EQ(json::string_at(good.body, {"data", "defaulted"}), "yes");
  EXPECT_EQ(good.headers.get("Warning"), "299 - \"data.old: is deprecated\"");
  const Reply bad = send("POST", kMaps, R"({"metadata":{"name":"b"},"data":{"bad":"1"}})");
  EXPECT_EQ(bad.status, 422);
  EXPECT_EQ(json::array_at(bad.body, {"details", "causes"}).size(), 2u) << json::print(bad.body);
}

TEST_F(Server, ATerminatingNamespaceTakesNothingNew) {
  send("POST", "/api/v1/namespaces", R"({"metadata":{"name":"n"}})");
  const Reply marked = send("DELETE", "/api/v1/namespaces/n");
  EXPECT_EQ(json::string_at(marked.body, {"status", "phase"}), "Terminating");
  EXPECT_EQ(send("POST", "/api/v1/namespaces/n/configmaps", map("a")).status, 403);
  json::Value final = marked.body;
  json::make_object(final, {"spec"})["finalizers"] = json::Array();
  EXPECT_EQ(send("PUT", "/api/v1/namespaces/n/finalize", json::print(final)).status, 200);
  EXPECT_EQ(send("GET", "/api/v1/namespaces/n").status, 404);
  EXPECT_EQ(send("DELETE", "/api/v1/namespaces/default").status, 403);
}

TEST_F(Server, SparksServerSideApplyMakesAPod) {
  const std::string target = std::string(kPods) + "/driver?fieldManager=fabric8&force=true";
  const Reply made = send("PATCH", target, pod("driver"), "application/apply-patch+yaml");
  ASSERT_EQ(made.status, 201) << json::print(made.body);
  EXPECT_EQ(send("PATCH", target, pod("driver"), "application/apply-patch+yaml").status, 200);
}

TEST_F(Server, DryRunStoresNothing) {
  EXPECT_EQ(send("POST", std::string(kMaps) + "?dryRun=All", map("a")).status, 201);
  EXPECT_EQ(send("GET", std::string(kMaps) + "/a").status, 404);
}

}  // namespace
}  // namespace firesteel::apiserver
