#pragma once
// A store that lives as long as the process: for tests.
#include "apiserver/store/log_store.h"

namespace firesteel::apiserver::store {

class MemoryStore final : public LogStore {
 protected:
  Result<void> persist(Batch /*batch*/) override { return {}; }
  Result<void> forget(Revision /*revision*/) override { return {}; }
};

}  // namespace firesteel::apiserver::store
