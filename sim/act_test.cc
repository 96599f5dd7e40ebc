// What act() does with a world in which something is already there: adopt, stand back, or fail.
#include "operator/act.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "sim/world.h"
#include "spark/names.h"

namespace firesteel::operators {
namespace {

using kube::resources::kConfigMaps;
using kube::resources::kPods;
using kube::resources::kSparkApplications;

class Act : public testing::Test {
 protected:
  Act() : world_(clock_) {
    application_ = create(kSparkApplications, R"({"metadata":{"name":"pi"},"spec":{}})");
  }

  json::Document create(const kube::Resource& resource, std::string_view object) {
    return world_.create(resource, "data", json::parse(object).value(), {}).value();
  }

  json::Value driver(std::string_view submission, const json::Value& owner) {
    json::Value pod = json::Object{};
    json::Object& metadata = json::make_object(pod, {"metadata"});
    metadata["name"] = "pi-driver";
    metadata["labels"] = json::Object{{spark::kLabelSubmissionId, submission}};
    metadata["ownerReferences"] = json::Array{kube::owner_reference(owner, true, true)};
    return pod;
  }

  json::Value config_map() const {
    return json::parse(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"conf"}})")
        .value();
  }

  Outcome perform(std::vector<decide::Action> actions) {
    return act(world_, *application_,
               {.actions = std::move(actions),
                .events = {},
                .requeue = decide::Requeue::on_change(),
                .why = decide::Reason::kCreatingObjects});
  }

  Outcome submit() {
    return perform({decide::CreatePod{driver("one", *application_), "one",
                                      std::string(kube::uid_of(*application_))},
                    decide::CreateDependents{{config_map()}}});
  }

  ManualClock clock_{TimePoint(std::chrono::seconds(1'800'000'000))};
  sim::World world_;
  json::Document application_;
};

TEST_F(Act, DependentsBelongToTheCreatedPod) {
  const Outcome outcome = submit();
  ASSERT_TRUE(outcome.succeeded());
  const json::Document map = world_.get(kConfigMaps, "data", "conf").value();
  const json::Value* owner = kube::controller_of(*map);
  ASSERT_NE(owner, nullptr);
  EXPECT_EQ(json::string_at(*owner, "uid"), kube::uid_of(*outcome.driver));
  EXPECT_EQ(json::find(*owner, "blockOwnerDeletion"), nullptr);
}

TEST_F(Act, WhatThisAttemptHasAlreadyCreatedIsAdopted) {
  const Outcome first = submit();
  const Outcome again = submit();
  ASSERT_TRUE(again.succeeded());
  EXPECT_EQ(kube::uid_of(*again.driver), kube::uid_of(*first.driver));
  EXPECT_EQ(world_.all(kConfigMaps).size(), 1U);
}

TEST_F(Act, ADriverOfAnotherAttemptIsReportedAndNothingElseIsCreated) {
  (void)world_.create(kPods, "data", driver("older", *application_), {});
  const Outcome outcome = submit();
  ASSERT_NE(outcome.occupant, nullptr);
  EXPECT_EQ(outcome.driver, nullptr);
  EXPECT_TRUE(world_.all(kConfigMaps).empty());
}

TEST_F(Act, APodWithThisAttemptsLabelButAnotherOwnerIsNotAdopted) {
  const json::Document other = create(kConfigMaps, R"({"metadata":{"name":"other"}})");
  (void)world_.create(kPods, "data", driver("one", *other), {});
  EXPECT_NE(submit().occupant, nullptr);
}

TEST_F(Act, AConfigMapOfAnEarlierDriverIsRemovedAndTheAttemptTriedAgain) {
  submit();
  world_.erase(kPods, "data/pi-driver");
  const Outcome blocked = submit();
  ASSERT_TRUE(blocked.creation_error);
  EXPECT_EQ(blocked.creation_error->code, ErrorCode::kConflict);
  EXPECT_TRUE(submit().succeeded());
}

// The operator may not read Secrets, so it cannot know whose this one is: its name says that.
TEST_F(Act, ASecretThatIsThereIsMadeAgainForThisDriver) {
  const json::Value secret =
      json::parse(R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"conf-secret"}})")
          .value();
  const auto submit_secret = [&] {
    return perform({decide::CreatePod{driver("one", *application_), "one",
                                      std::string(kube::uid_of(*application_))},
                    decide::CreateDependents{{secret}}});
  };
  EXPECT_TRUE(submit_secret().succeeded());
  world_.erase(kPods, "data/pi-driver");
  EXPECT_EQ(submit_secret().creation_error->code, ErrorCode::kConflict);
  const Outcome outcome = submit_secret();
  ASSERT_TRUE(outcome.succeeded());
  const auto found = world_.get(kube::resources::kSecrets, "data", "conf-secret");
  EXPECT_EQ(json::string_at(*kube::controller_of(**found), "uid"), kube::uid_of(*outcome.driver));
}

TEST_F(Act, AConfigMapOfSomebodyElseIsLeftAloneAndNamed) {
  create(kConfigMaps, R"({"metadata":{"name":"conf"}})");
  const Outcome outcome = submit();
  ASSERT_TRUE(outcome.creation_error);
  EXPECT_EQ(outcome.creation_error->code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(outcome.creation_error->message,
            "ConfigMap conf already exists and does not belong to this application: delete or "
            "rename it");
}

TEST_F(Act, ADeletionDoesNotHitASuccessorOfTheSameName) {
  submit();
  const Outcome outcome = perform({decide::DeletePod{"pi-driver", "uid-of-the-last-one"}});
  ASSERT_TRUE(outcome.error);
  EXPECT_FALSE(kube::is_deleting(*world_.get(kPods, "data", "pi-driver").value()));
}

TEST_F(Act, AStatusOfAStaleApplicationIsRefusedAndEndsTheActions) {
  world_.edit(kSparkApplications, "data/pi", [](json::Value& application) {
    json::make_object(application, {"spec"})["suspend"] = true;
  });
  const Outcome outcome = perform({decide::WriteStatus{json::Object{{"submissionID", "one"}}},
                                   decide::CreatePod{driver("one", *application_), "one",
                                                     std::string(kube::uid_of(*application_))}});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kConflict);
  EXPECT_TRUE(world_.all(kPods).empty());
}

}  // namespace
}  // namespace firesteel::operators
