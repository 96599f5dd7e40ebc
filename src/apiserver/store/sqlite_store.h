#pragma once
// The durable store: one SQLite file in WAL mode, synchronous=FULL, one row per write (revision,
// key, object, removed). Everything current is in memory; SQLite is read once, at open. sqlite3.h
// is included only by the .cc.
#include <memory>
#include <string>

#include "apiserver/store/log_store.h"

namespace firesteel::apiserver::store {

class SqliteStore : public LogStore {
 public:
  // Opens or creates the file. The file is this process's alone while it is open. Errors: kIo
  // naming the file: when it cannot be opened, when another process has it open, or when it is
  // damaged (nothing is ever deleted or repaired).
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const std::string& path);
};

}  // namespace firesteel::apiserver::store
