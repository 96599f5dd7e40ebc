#include "node/plan/machine.h"

#include <gtest/gtest.h>

#include "base/json/json.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "node/plan/pod_status.h"

namespace firesteel::node::plan {
namespace {

const TimePoint kStart = *parse_time("2026-11-22T12:00:00Z");

json::Document pod_from(std::string_view text) {
  Result<json::Value> value = json::parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return std::make_shared<const json::Value>(std::move(*value));
}

std::string pod_text(std::string_view policy, std::string_view more_spec = "",
                     std::string_view metadata = "", std::string_view status = "{}") {
  return fmt::format(
      R"({{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p","namespace":"n","uid":"u"{}}},
       "spec":{{"restartPolicy":"{}","containers":[{{"name":"main","image":"i"}}]{}}},"status":{}}})",
      metadata, policy, more_spec, status);
}

// Effects as words, so that a table can hold them.
std::string word(const Effect& effect) {
  if (std::holds_alternative<PrepareImages>(effect)) return "images";
  if (std::holds_alternative<PrepareConfig>(effect)) return "config";
  if (const auto* start = std::get_if<StartContainer>(&effect))
    return fmt::format("start-{}{}", start->init ? "init" : "main", start->index);
  if (const auto* signal = std::get_if<SignalContainer>(&effect))
    return fmt::format("{}-{}{}", signal->kill ? "kill" : "term", signal->init ? "init" : "main",
                       signal->index);
  if (const auto* run = std::get_if<RunAction>(&effect))
    return fmt::format("{}-{}{}", name_of(run->kind), run->init ? "init" : "main", run->index);
  if (std::holds_alternative<PublishStatus>(effect)) return "publish";
  if (std::holds_alternative<RemovePod>(effect)) return "remove";
  if (std::holds_alternative<Forget>(effect)) return "forget";
  return "";  // events are for people
}

class MachineTest : public testing::Test {
 protected:
  void begin(std::string_view text, const std::vector<Trace>& traces = {}) {
    document_ = pod_from(text);
    state_ = first_state(document_, traces, now_);
  }
  std::string on(Event event) {
    std::string words;
    for (const Effect& effect : step(state_, event, now_))
      if (const std::string one = word(effect); !one.empty())
        words += (words.empty() ? "" : " ") + one;
    return words;
  }
  void run_to_ready() {
    on(PodChanged{document_});
    on(ImagesReady{{{"main", "sha256:1"}}});
    on(ConfigReady{});
  }
  void after(std::chrono::milliseconds time) { now_ += time; }
  std::string phase() { return std::string(phase_of(state_)); }

  TimePoint now_ = kStart;
  json::Document document_;
  PodState state_;
};

TEST_F(MachineTest, PodRunsOnceAndSucceeds) {
  begin(pod_text("Never"));
  EXPECT_EQ(on(PodChanged{document_}), "images publish");
  EXPECT_EQ(phase(), "Pending");
  EXPECT_EQ(on(ImagesReady{{{"main", "sha256:1"}}}), "config");
  EXPECT_EQ(on(ConfigReady{}), "start-main0");
  EXPECT_EQ(on(ContainerStarted{false, 0, "firesteel://1"}), "publish");
  EXPECT_EQ(phase(), "Running");
  EXPECT_EQ(on(ContainerEnded{false, 0, 0, 0, false}), "publish");
  EXPECT_EQ(phase(), "Succeeded");
  EXPECT_TRUE(is_over(state_));
  EXPECT_EQ(wake_at(state_), std::nullopt);
}

TEST_F(MachineTest, MissingConfigMapIsLookedForAgain) {
  begin(pod_text("Never"));
  on(PodChanged{document_});
  on(ImagesReady{});
  EXPECT_EQ(on(ConfigFailed{"configmap \"c\" not found", false}), "publish");
  EXPECT_EQ(wake_at(state_), now_ + kFirstRetry);
  EXPECT_EQ(on(Tick{}), "");
  after(kFirstRetry);
  EXPECT_EQ(on(Tick{}), "config");
  EXPECT_EQ(on(Tick{}), "");  // one at a time
  on(ConfigFailed{"configmap \"c\" not found", false});
  EXPECT_EQ(wake_at(state_), now_ + 2 * kFirstRetry);
  after(2 * kFirstRetry);
  on(Tick{});
  EXPECT_EQ(on(ConfigReady{}), "start-main0 publish");
}

TEST_F(MachineTest, InitContainersRunInOrderBeforeTheOthers) {
  begin(pod_text("Never",
                 R"(,"initContainers":[{"name":"a","image":"i"},{"name":"b","image":"i"}])"));
  on(PodChanged{document_});
  on(ImagesReady{});
  EXPECT_EQ(on(ConfigReady{}), "start-init0");
  on(ContainerStarted{true, 0, ""});
  EXPECT_EQ(phase(), "Pending");
  EXPECT_EQ(on(ContainerEnded{true, 0, 0, 0, false}), "start-init1 publish");
  on(ContainerStarted{true, 1, ""});
  EXPECT_EQ(on(ContainerEnded{true, 1, 0, 0, false}), "start-main0 publish");
}

TEST_F(MachineTest, FailedInitContainerFailsAPodThatNeverRestarts) {
  begin(pod_text("Never", R"(,"initContainers":[{"name":"a","image":"i"}])"));
  run_to_ready();
  EXPECT_EQ(on(ContainerEnded{true, 0, 3, 0, false}), "publish");
  EXPECT_EQ(phase(), "Failed");
  EXPECT_TRUE(is_over(state_));
}

TEST_F(MachineTest, CrashesAreRestartedAtOnceThenAfterTenSecondsDoublingToFiveMinutes) {
  begin(pod_text("Always"));
  run_to_ready();
  EXPECT_EQ(on(ContainerEnded{false, 0, 1, 0, false}), "start-main0 publish");
  for (const int delay : {10, 20, 40, 80, 160, 300, 300}) {
    on(ContainerStarted{false, 0, ""});
    EXPECT_EQ(on(ContainerEnded{false, 0, 1, 0, false}), "publish");
    EXPECT_EQ(wake_at(state_), now_ + std::chrono::seconds(delay));
    EXPECT_EQ(phase(), "Running");
    after(std::chrono::seconds(delay) - std::chrono::milliseconds(1));
    EXPECT_EQ(on(Tick{}), "");
    after(std::chrono::milliseconds(1));
    EXPECT_EQ(on(Tick{}), "start-main0 publish");
  }
  on(ContainerStarted{false, 0, ""});
  after(kBackoffReset);
  EXPECT_EQ(on(ContainerEnded{false, 0, 1, 0, false}), "start-main0 publish");
  EXPECT_EQ(state_.main[0].restart_count, 9);
}

TEST_F(MachineTest, OnFailureRestartsFailuresOnly) {
  begin(pod_text("OnFailure"));
  run_to_ready();
  EXPECT_EQ(on(ContainerEnded{false, 0, 1, 0, false}), "start-main0 publish");
  EXPECT_EQ(on(ContainerEnded{false, 0, 0, 0, false}), "publish");
  EXPECT_EQ(phase(), "Succeeded");
}

TEST_F(MachineTest, DeletionAsksThenKillsThenRemoves) {
  begin(pod_text("Always"));
  run_to_ready();
  on(ContainerStarted{false, 0, ""});
  const json::Document deleted = pod_from(
      pod_text("Always", "",
               R"(,"deletionTimestamp":"2026-11-22T12:00:30Z","deletionGracePeriodSeconds":5)"));
  EXPECT_EQ(on(PodChanged{deleted}), "term-main0");
  EXPECT_EQ(wake_at(state_), now_ + std::chrono::seconds(5));
  EXPECT_EQ(on(PodChanged{deleted}), "");
  after(std::chrono::seconds(5));
  EXPECT_EQ(on(Tick{}), "kill-main0");
  EXPECT_EQ(on(ContainerEnded{false, 0, 137, 9, false}), "publish remove");
  EXPECT_EQ(on(PodGone{}), "forget");
}

TEST_F(MachineTest, DeletionWithoutGraceKillsAtOnce) {
  begin(pod_text("Never"));
  run_to_ready();
  const json::Document deleted = pod_from(
      pod_text("Never", "",
               R"(,"deletionTimestamp":"2026-11-22T12:00:00Z","deletionGracePeriodSeconds":0)"));
  EXPECT_EQ(on(PodChanged{deleted}), "kill-main0");
}

TEST_F(MachineTest, PodThatIsGoneIsKilledAndForgotten) {
  begin(pod_text("Always"));
  run_to_ready();
  on(ContainerStarted{false, 0, ""});
  EXPECT_EQ(on(PodGone{}), "kill-main0");
  EXPECT_EQ(on(ContainerEnded{false, 0, 137, 9, false}), "publish forget");
}

TEST_F(MachineTest, DeadlineEndsThePod) {
  begin(pod_text("Never", R"(,"activeDeadlineSeconds":60)"));
  run_to_ready();
  on(ContainerStarted{false, 0, ""});
  EXPECT_EQ(wake_at(state_), kStart + std::chrono::seconds(60));
  after(std::chrono::seconds(60));
  EXPECT_EQ(on(Tick{}), "term-main0 publish");
  on(ContainerEnded{false, 0, 143, 0, false});
  EXPECT_EQ(phase(), "Failed");
}

constexpr std::string_view kRunningStatus =
    R"({"phase":"Running","startTime":"2026-11-22T11:00:00Z","containerStatuses":[{"name":"main",
     "restartCount":0,"containerID":"firesteel://1","state":{"running":{"startedAt":"2026-11-22T11:00:01Z"}}}]})";

TEST_F(MachineTest, ContainerLostWithTheAgentIsReportedOnceAndNotRunAgain) {
  begin(pod_text("Never", "", "", kRunningStatus), {{"main", 1}});
  EXPECT_EQ(on(PodChanged{document_}), "publish");
  EXPECT_EQ(phase(), "Failed");
  const json::Value status = make_status(state_, "127.0.0.1", now_);
  const json::Value& state = json::array_at(status, {"containerStatuses"})[0];
  EXPECT_EQ(json::string_at(state, {"state", "terminated", "reason"}), "ContainerStatusUnknown");
  EXPECT_EQ(json::int_at(state, {"state", "terminated", "exitCode"}), 137);
  EXPECT_EQ(json::string_at(state, {"state", "terminated", "startedAt"}), "2026-11-22T11:00:01Z");
}

TEST_F(MachineTest, ContainerStartedWithoutAWordToTheApiIsNotRunTwice) {
  begin(pod_text("Never"), {{"main", 1}});
  on(PodChanged{document_});
  EXPECT_EQ(phase(), "Failed");
}

TEST_F(MachineTest, LostContainerThatAlwaysRestartsIsStartedAnew) {
  begin(pod_text("Always", "", "", kRunningStatus), {{"main", 1}});
  EXPECT_EQ(on(PodChanged{document_}), "images publish");
  on(ImagesReady{});
  EXPECT_EQ(on(ConfigReady{}), "start-main0 publish");
  EXPECT_EQ(state_.main[0].attempt, 2);
  EXPECT_EQ(state_.main[0].restart_count, 1);
}

TEST_F(MachineTest, LostContainerThatWaitedToBeStartedAnewOwesNoBackOff) {
  begin(pod_text("Always", "", "", R"({"phase":"Running","containerStatuses":[{"name":"main",
      "restartCount":1,"state":{"waiting":{"reason":"ContainerCreating"}},
      "lastState":{"terminated":{"exitCode":137,"reason":"ContainerStatusUnknown"}}}]})"),
        {{"main", 1}});
  on(PodChanged{document_});
  on(ImagesReady{});
  EXPECT_EQ(on(ConfigReady{}), "start-main0 publish");
}

TEST_F(MachineTest, PodThatIsOverStaysAsItIs) {
  begin(pod_text("Always", "", "", R"({"phase":"Failed","reason":"Evicted"})"));
  EXPECT_EQ(on(PodChanged{document_}), "");
  EXPECT_EQ(phase(), "Failed");
}

TEST_F(MachineTest, ImageWithoutRecipeBacksOff) {
  begin(pod_text("Never"));
  on(PodChanged{document_});
  EXPECT_EQ(on(ImagesFailed{"main", "ErrImagePull", "no recipe"}), "publish");
  EXPECT_EQ(state_.main[0].waiting_reason, "ErrImagePull");
  EXPECT_EQ(wake_at(state_), now_ + kFirstBackoff);
  after(kFirstBackoff);
  EXPECT_EQ(on(Tick{}), "images");
  on(ImagesFailed{"main", "ErrImagePull", "no recipe"});
  EXPECT_EQ(state_.main[0].waiting_reason, "ImagePullBackOff");
}

// A pod of one container with these fields besides its name.
std::string pod_with(std::string_view container, std::string_view policy = "Always",
                     std::string_view init = "[]") {
  return fmt::format(
      R"({{"metadata":{{"name":"p","namespace":"n","uid":"u"}},"spec":{{"restartPolicy":"{}",
       "terminationGracePeriodSeconds":7,"initContainers":{},
       "containers":[{{"name":"main","image":"i"{}}}]}},"status":{{}}}})",
      policy, init, container);
}

ActionDone done(ActionKind kind, bool success, int attempt = 1, bool init = false) {
  return {init, 0, attempt, kind, success, "why"};
}

TEST_F(MachineTest, ReadinessFollowsItsProbe) {
  begin(pod_with(R"(,"readinessProbe":{"initialDelaySeconds":2,"periodSeconds":5,
                      "failureThreshold":2,"tcpSocket":{"port":1}})"));
  run_to_ready();
  EXPECT_EQ(on(ContainerStarted{false, 0, ""}), "publish");
  EXPECT_FALSE(state_.main[0].ready);
  EXPECT_EQ(wake_at(state_), now_ + std::chrono::seconds(2));
  after(std::chrono::seconds(2));
  EXPECT_EQ(on(Tick{}), "Readiness-main0");
  EXPECT_EQ(on(Tick{}), "");  // one at a time
  EXPECT_EQ(on(done(ActionKind::kReadiness, true)), "publish");
  EXPECT_TRUE(state_.main[0].ready);
  for (const bool ready : {true, false}) {  // the second failure in a row counts
    after(std::chrono::seconds(5));
    EXPECT_EQ(on(Tick{}), "Readiness-main0");
    EXPECT_EQ(on(done(ActionKind::kReadiness, false)), ready ? "" : "publish");
    EXPECT_EQ(state_.main[0].ready, ready);
  }
  EXPECT_EQ(on(done(ActionKind::kReadiness, true, 7)), "");  // of another attempt
  EXPECT_FALSE(state_.main[0].ready);
}

TEST_F(MachineTest, LivenessWaitsForTheStartupProbeThenRestartsTheContainer) {
  begin(pod_with(R"(,"startupProbe":{"periodSeconds":1,"tcpSocket":{"port":1}},
                      "livenessProbe":{"periodSeconds":1,"failureThreshold":1,
                      "tcpSocket":{"port":1}})"));
  run_to_ready();
  EXPECT_EQ(on(ContainerStarted{false, 0, ""}), "Startup-main0 publish");
  EXPECT_EQ(on(done(ActionKind::kStartup, false)), "");
  EXPECT_FALSE(state_.main[0].started);
  after(std::chrono::seconds(1));
  EXPECT_EQ(on(Tick{}), "Startup-main0");
  EXPECT_EQ(on(done(ActionKind::kStartup, true)), "Liveness-main0 publish");
  EXPECT_TRUE(state_.main[0].ready);
  EXPECT_EQ(on(done(ActionKind::kLiveness, false)), "term-main0 publish");
  EXPECT_EQ(wake_at(state_), now_ + std::chrono::seconds(7));
  after(std::chrono::seconds(7));
  EXPECT_EQ(on(Tick{}), "kill-main0");
  EXPECT_EQ(on(ContainerEnded{false, 0, 137, 9, false}), "start-main0 publish");
  EXPECT_EQ(state_.main[0].restart_count, 1);
  EXPECT_FALSE(state_.main[0].started);
}

TEST_F(MachineTest, HooksComeBeforeReadinessAndBeforeTheSignal) {
  begin(pod_with(R"(,"lifecycle":{"postStart":{"exec":{"command":["a"]}},
                      "preStop":{"exec":{"command":["b"]}}})"));
  run_to_ready();
  EXPECT_EQ(on(ContainerStarted{false, 0, ""}), "PostStart-main0 publish");
  EXPECT_FALSE(state_.main[0].ready);
  EXPECT_EQ(on(done(ActionKind::kPostStart, true)), "publish");
  EXPECT_TRUE(state_.main[0].ready);
  json::Value deleted = *document_;
  deleted.at("metadata").as_object()["deletionTimestamp"] = "2026-11-22T12:00:30Z";
  EXPECT_EQ(on(PodChanged{std::make_shared<const json::Value>(deleted)}), "PreStop-main0");
  EXPECT_EQ(on(done(ActionKind::kPreStop, false)), "term-main0");
  after(std::chrono::seconds(7));
  EXPECT_EQ(on(Tick{}), "kill-main0");
}

TEST_F(MachineTest, FailedPostStartHookEndsTheContainer) {
  begin(pod_with(R"(,"lifecycle":{"postStart":{"exec":{"command":["a"]}}})"));
  run_to_ready();
  on(ContainerStarted{false, 0, ""});
  EXPECT_EQ(on(done(ActionKind::kPostStart, false)), "term-main0 publish");
  EXPECT_FALSE(state_.main[0].ready);
}

TEST_F(MachineTest, SidecarStartsBeforeTheOthersAndEndsAfterThem) {
  begin(pod_with("", "Never",
                 R"([{"name":"side","image":"i","restartPolicy":"Always"},
                     {"name":"plain","image":"i"}])"));
  on(PodChanged{document_});
  on(ImagesReady{});
  EXPECT_EQ(on(ConfigReady{}), "start-init0");
  EXPECT_EQ(on(ContainerStarted{true, 0, ""}), "start-init1 publish");
  on(ContainerStarted{true, 1, ""});
  EXPECT_EQ(on(ContainerEnded{true, 1, 0, 0, false}), "start-main0 publish");
  on(ContainerStarted{false, 0, ""});
  EXPECT_EQ(phase(), "Running");
  EXPECT_EQ(on(ContainerEnded{true, 0, 1, 0, false}),
            "start-init0 publish");  // whatever the policy
  on(ContainerStarted{true, 0, ""});
  EXPECT_EQ(on(ContainerEnded{false, 0, 0, 0, false}), "term-init0 publish");
  EXPECT_FALSE(is_over(state_));
  EXPECT_EQ(phase(), "Running");
  EXPECT_EQ(on(ContainerEnded{true, 0, 143, 0, false}), "publish");
  EXPECT_EQ(phase(), "Succeeded");
}

TEST_F(MachineTest, EvictedPodFailsWithItsReason) {
  begin(pod_with(""));
  run_to_ready();
  on(ContainerStarted{false, 0, ""});
  EXPECT_EQ(on(PodFailed{"Evicted", "too much"}), "term-main0 publish");
  EXPECT_EQ(on(ContainerEnded{false, 0, 143, 0, false}), "publish");
  EXPECT_EQ(phase(), "Failed");
  EXPECT_EQ(json::string_at(make_status(state_, "127.0.0.1", now_), "reason"), "Evicted");
}

struct StatusCase {
  std::string_view name;
  std::vector<Event> events;
  std::string_view phase;
  std::string_view ready;
  std::string_view ready_reason;
  std::string_view state;
};

TEST(PodStatus, IsWhatKubeletComputes) {
  const std::vector<StatusCase> cases = {
      {"new",
       {},
       "Pending",
       "False",
       "ContainersNotReady",
       R"({"waiting":{"reason":"ContainerCreating"}})"},
      {"running",
       {ContainerStarted{false, 0, "x://1"}},
       "Running",
       "True",
       "",
       R"({"running":{"startedAt":"2026-11-22T12:00:00Z"}})"},
      {"succeeded",
       {ContainerStarted{false, 0, "x://1"}, ContainerEnded{false, 0, 0, 0, false}},
       "Succeeded",
       "False",
       "PodCompleted",
       R"({"terminated":{"exitCode":0,"reason":"Completed","startedAt":"2026-11-22T12:00:00Z",
           "finishedAt":"2026-11-22T12:00:00Z","containerID":"x://1"}})"},
      {"failed",
       {ContainerStarted{false, 0, "x://1"}, ContainerEnded{false, 0, 3, 0, false}},
       "Failed",
       "False",
       "PodFailed",
       R"({"terminated":{"exitCode":3,"reason":"Error","startedAt":"2026-11-22T12:00:00Z",
           "finishedAt":"2026-11-22T12:00:00Z","containerID":"x://1"}})"},
      {"out of memory",
       {ContainerStarted{false, 0, ""}, ContainerEnded{false, 0, 137, 9, true}},
       "Failed",
       "False",
       "PodFailed",
       R"({"terminated":{"exitCode":137,"reason":"OOMKilled","startedAt":"2026-11-22T12:00:00Z",
           "finishedAt":"2026-11-22T12:00:00Z"}})"},
      {"not started",
       {ContainerNotStarted{false, 0, "exec: x"}},
       "Failed",
       "False",
       "PodFailed",
       R"({"terminated":{"exitCode":128,"reason":"StartError","message":"exec: x",
           "startedAt":"2026-11-22T12:00:00Z","finishedAt":"2026-11-22T12:00:00Z"}})"}};
  for (const StatusCase& one : cases) {
    SCOPED_TRACE(one.name);
    const json::Document pod = pod_from(pod_text("Never"));
    PodState state = first_state(pod, {}, kStart);
    (void)step(state, PodChanged{pod}, kStart);
    (void)step(state, ImagesReady{}, kStart);
    (void)step(state, ConfigReady{}, kStart);
    for (const Event& event : one.events) (void)step(state, event, kStart);
    state.pod_ip = "127.9.0.2";
    const json::Value status = make_status(state, "127.0.0.1", kStart);
    EXPECT_EQ(json::string_at(status, "phase"), one.phase);
    EXPECT_EQ(json::string_at(status, "podIP"), "127.9.0.2");
    EXPECT_EQ(json::string_at(status, "qosClass"), "BestEffort");
    for (const json::Value& condition : json::array_at(status, {"conditions"})) {
      if (json::string_at(condition, "type") != "Ready") continue;
      EXPECT_EQ(json::string_at(condition, "status"), one.ready);
      EXPECT_EQ(json::string_at(condition, "reason"), one.ready_reason);
    }
    const json::Value& container = json::array_at(status, {"containerStatuses"})[0];
    EXPECT_EQ(container.at("state"), *json::parse(one.state)) << json::print(container);
  }
}

TEST(PodStatus, CrashLoopShowsTheLastState) {
  const json::Document pod = pod_from(pod_text("Always"));
  PodState state = first_state(pod, {}, kStart);
  for (const Event& event : std::vector<Event>{PodChanged{pod}, ImagesReady{}, ConfigReady{},
                                               ContainerEnded{false, 0, 1, 0, false},
                                               ContainerEnded{false, 0, 1, 0, false}})
    (void)step(state, event, kStart);
  const json::Value status = make_status(state, "127.0.0.1", kStart);
  const json::Value& container = json::array_at(status, {"containerStatuses"})[0];
  EXPECT_EQ(json::string_at(container, {"state", "waiting", "reason"}), "CrashLoopBackOff");
  EXPECT_EQ(json::string_at(container, {"state", "waiting", "message"}),
            "back-off 10s restarting failed container=main pod=p_n");
  EXPECT_EQ(json::int_at(container, {"lastState", "terminated", "exitCode"}), 1);
  EXPECT_EQ(json::int_at(container, {"restartCount"}), 1);
}

TEST(PodStatus, ForeignConditionsAndOldTransitionTimesStay) {
  const json::Document pod = pod_from(pod_text(
      "Never", "", "",
      R"({"conditions":[{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-11-22T11:00:00Z"},
          {"type":"Mine","status":"True"}]})"));
  const PodState state = first_state(pod, {}, kStart);
  const std::string text = json::print(make_status(state, "127.0.0.1", kStart));
  EXPECT_NE(text.find(R"("lastTransitionTime":"2026-11-22T11:00:00Z")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"({"type":"Mine","status":"True"})"), std::string::npos) << text;
}

TEST(PodStatus, QualityOfService) {
  const std::vector<std::pair<std::string, std::string_view>> cases = {
      {"{}", "BestEffort"},
      {R"({"requests":{"cpu":"1"}})", "Burstable"},
      {R"({"limits":{"cpu":"1","memory":"1Gi"}})", "Guaranteed"},
      {R"({"requests":{"cpu":"1000m","memory":"1024Mi"},"limits":{"cpu":"1","memory":"1Gi"}})",
       "Guaranteed"},
      {R"({"requests":{"cpu":"1","memory":"896Mi"},"limits":{"memory":"896Mi"}})", "Burstable"}};
  for (const auto& [resources, expected] : cases) {
    const json::Document pod =
        pod_from(fmt::format(R"({{"spec":{{"containers":[{{"resources":{}}}]}}}})", resources));
    EXPECT_EQ(qos_class_of(*pod), expected) << resources;
  }
}

}  // namespace
}  // namespace firesteel::node::plan
