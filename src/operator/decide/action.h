#pragma once
// What a pass decided: effects in their order, events, when to look again, and why. Pure data.
#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json/json.h"

namespace firesteel::operators::decide {

// Replaces the whole status; the resourceVersion of the observed application is its precondition,
// which is what fences out a stale cache and a second leader.
struct WriteStatus {
  json::Value status;
  // Of the UI objects that this decision creates: what could not be created is taken out of
  // driverInfo, and the address that the Service got is put in.
  bool fill_in_ui = false;
};
// AlreadyExists is success when the pod there carries this submission id and this application as
// owner.
struct CreatePod {
  json::Value pod;
  std::string submission_id;
  std::string application_uid;
};
// After CreatePod of the same decision: each gets the pod as its owner, for garbage collection to
// remove it with the pod. AlreadyExists is success.
struct CreateDependents {
  std::vector<json::Value> objects;
};
// After CreatePod, with the same owner, for people to reach the driver. What the server refuses for
// good becomes a warning: a job does not fail because nobody can watch it.
struct CreateUi {
  std::vector<json::Value> objects;
};
struct ObjectReference {
  std::string kind;
  std::string name;
  bool operator==(const ObjectReference&) const = default;
};
// Only those that carry this submission id: their names are the same in every attempt. NotFound is
// success, and a refusal too, for the collector removes them with the driver pod at last.
struct DeleteUi {
  std::vector<ObjectReference> objects;
  std::string submission_id;
};
// NotFound is success. The uid is a precondition: a successor of the same name is not touched.
struct DeletePod {
  std::string name;
  std::string uid;
};
// Both are preconditions: an edit in the last moment keeps the application.
struct DeleteApplication {
  std::string uid;
  std::string resource_version;
};
using Action = std::variant<WriteStatus, CreatePod, CreateDependents, CreateUi, DeleteUi, DeletePod,
                            DeleteApplication>;

enum class EventKind { kNormal, kWarning };

// Recorded after all actions of the decision succeeded.
struct EventNote {
  EventKind kind = EventKind::kNormal;
  std::string reason;
  std::string message;
  bool operator==(const EventNote&) const = default;
};

// When to look again. It has no default: who forgets it does not compile
// (kubeflow/spark-operator#2905).
class Requeue {
 public:
  enum class When {
    kAfter,     // after delay()
    kOnChange,  // when the application or one of its pods changes
    kBackoff,   // after the work queue's growing delay: the API server is in trouble
  };
  [[nodiscard]] static Requeue after(std::chrono::seconds delay) { return {When::kAfter, delay}; }
  [[nodiscard]] static Requeue on_change() { return {When::kOnChange, {}}; }
  [[nodiscard]] static Requeue backoff() { return {When::kBackoff, {}}; }

  [[nodiscard]] When when() const { return when_; }
  [[nodiscard]] std::chrono::seconds delay() const { return delay_; }
  bool operator==(const Requeue&) const = default;

 private:
  Requeue(When when, std::chrono::seconds delay) : when_(when), delay_(delay) {}
  When when_;
  std::chrono::seconds delay_;
};

enum class Reason {
  kBeingDeleted,
  kNeedsLiveLook,
  kSpecChanged,
  kSuspendRequested,
  kNewAttempt,
  kTakenOver,
  kWaitingInLine,
  kQuotaExceeded,
  kCreatingObjects,
  kServerInTrouble,
  kRemovingDrivers,
  kDriverPending,
  kDriverRunning,
  kDriverTerminating,
  kDriverUnknown,
  kDriverLate,
  kDriverSucceeded,
  kDriverFailed,
  kDriverMissing,
  kSubmissionFailed,
  kWaitingToRetry,
  kNoRetryLeft,
  kRerunDue,
  kSuspended,
  kResuming,
  kFinished,
  kTimeToLiveOver,
};
// In words: "the driver pod is running".
[[nodiscard]] std::string_view text(Reason reason);

struct Decision {
  std::vector<Action> actions;  // in this order; the first failure ends them
  std::vector<EventNote> events;
  // Read the application and its driver pods from the API server and decide again: what was seen in
  // caches is not enough for what would have to be done. There are no actions then.
  bool needs_live_look = false;
  // Ask the queue for the application's place and decide again. There are no actions then.
  bool needs_place = false;
  // It was told to start and cannot: others may.
  bool gives_place_back = false;
  // Read the end of this driver pod's log and decide again. There are no actions then.
  std::string needs_log_of = {};
  Requeue requeue;
  Reason why;
};

}  // namespace firesteel::operators::decide
