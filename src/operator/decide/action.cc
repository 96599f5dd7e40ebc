#include "operator/decide/action.h"

#include <utility>

namespace firesteel::operators::decide {

std::string_view text(Reason reason) {
  switch (reason) {
    case Reason::kBeingDeleted:
      return "the application is being deleted";
    case Reason::kNeedsLiveLook:
      return "what is cached may be stale";
    case Reason::kSpecChanged:
      return "the specification has changed";
    case Reason::kSuspendRequested:
      return "suspend is set";
    case Reason::kNewAttempt:
      return "a new attempt begins";
    case Reason::kTakenOver:
      return "another operator's driver runs";
    case Reason::kWaitingInLine:
      return "there is no room for it yet";
    case Reason::kQuotaExceeded:
      return "a quota leaves no room for its pods";
    case Reason::kCreatingObjects:
      return "the objects of the attempt are being created";
    case Reason::kServerInTrouble:
      return "the API server could not create the objects";
    case Reason::kRemovingDrivers:
      return "driver pods of earlier attempts are being removed";
    case Reason::kDriverPending:
      return "the driver pod is pending";
    case Reason::kDriverRunning:
      return "the driver pod is running";
    case Reason::kDriverTerminating:
      return "the driver pod is being deleted";
    case Reason::kDriverUnknown:
      return "the state of the driver pod is unknown";
    case Reason::kDriverLate:
      return "the driver did not start in time";
    case Reason::kDriverSucceeded:
      return "the driver succeeded";
    case Reason::kDriverFailed:
      return "the driver failed";
    case Reason::kDriverMissing:
      return "the driver pod is gone";
    case Reason::kSubmissionFailed:
      return "the submission failed";
    case Reason::kWaitingToRetry:
      return "waiting for the next attempt";
    case Reason::kNoRetryLeft:
      return "no retry is left";
    case Reason::kRerunDue:
      return "the next attempt is due";
    case Reason::kSuspended:
      return "the application is suspended";
    case Reason::kResuming:
      return "the application resumes";
    case Reason::kFinished:
      return "the application has finished";
    case Reason::kTimeToLiveOver:
      return "the time to live is over";
  }
  std::unreachable();
}

}  // namespace firesteel::operators::decide
