#include "apiserver/store/sqlite_store.h"

#include <sqlite3.h>

#include "base/json/parse.h"

namespace firesteel::apiserver::store {

namespace {

constexpr char kSchema[] =
    "CREATE TABLE IF NOT EXISTS log (revision INTEGER PRIMARY KEY, key TEXT NOT NULL,"
    " object TEXT NOT NULL, removed INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS log_by_key ON log (key, revision);"
    "CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, revision INTEGER NOT NULL)"
    " WITHOUT ROWID;";

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

Error explain(sqlite3* database, int code, const std::string& path, std::string_view doing) {
  const int primary = code & 0xff;
  const std::string what = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  if (primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT) {
    return {
        ErrorCode::kIo,
        fmt::format("{}: the database {} is damaged ({}). Nothing was changed or deleted. To go "
                    "on, move the file (with {}-wal, if there) away and put a copy back, or "
                    "start with an empty cluster",
                    doing, path, what, path),
        {}};
  }
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    return {ErrorCode::kIo,
            fmt::format("{}: the database {} is in use by another process: stop the cluster that "
                        "runs on this data directory first",
                        doing, path),
            {}};
  }
  if (primary == SQLITE_FULL) {
    return {ErrorCode::kIo,
            fmt::format("{}: no space left for the database {}: free some space and try again; "
                        "nothing that was acknowledged is lost",
                        doing, path),
            {}};
  }
  return {ErrorCode::kIo, fmt::format("{} {}: {}", doing, path, what), {}};
}

std::string_view column_text(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

class OpenedStore final : public SqliteStore {
 public:
  OpenedStore(Database database, std::string path)
      : database_(std::move(database)), path_(std::move(path)) {}

  Result<void> load() {
    // EXCLUSIVE before WAL: one process per file, and no shared-memory file beside it.
    TRY(
        run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "PRAGMA wal_autocheckpoint=1000; BEGIN EXCLUSIVE; COMMIT;",
            "open"));
    TRY(check());
    TRY(run(kSchema, "prepare"));
    insert_ = TRY(prepare("INSERT INTO log (revision, key, object, removed) VALUES (?,?,?,?)"));
    const Revision floor = TRY(read_floor());
    restore_counter(floor, floor);
    const Revision newest = TRY(read_log());
    restore_counter(floor, std::max(floor, newest));
    return {};
  }

 protected:
  Result<void> persist(Batch batch) override {
    TRY(run("BEGIN IMMEDIATE", "write"));
    Result<void> done = insert_all(batch);
    if (done) done = run("COMMIT", "write");
    if (!done && sqlite3_get_autocommit(database_.get()) == 0) {
      (void)run("ROLLBACK", "roll back");  // the first error is the one to tell
    }
    return done;
  }

  Result<void> forget(Revision revision) override {
    // The newest row up to `revision` of each key stays, unless it is a removal: it is the state
    // that history after `revision` builds on.
    const std::string upto = std::to_string(revision);
    const std::string sql =
        "BEGIN IMMEDIATE; DELETE FROM log WHERE revision <= " + upto +
        " AND (removed = 1 OR EXISTS (SELECT 1 FROM log AS later WHERE later.key = log.key AND "
        "later.revision > log.revision AND later.revision <= " +
        upto + ")); INSERT OR REPLACE INTO counter VALUES ('forgotten', " + upto + "); COMMIT;";
    Result<void> done = run(sql.c_str(), "compact");
    if (!done && sqlite3_get_autocommit(database_.get()) == 0) (void)run("ROLLBACK", "roll back");
    return done;
  }

 private:
  std::unexpected<Error> error(int code, std::string_view doing) const {
    return std::unexpected(explain(database_.get(), code, path_, doing));
  }

  Result<void> run(const char* sql, std::string_view doing) {
    const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error(sqlite3_extended_errcode(database_.get()), doing);
    return {};
  }

  Result<Statement> prepare(const char* sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v2(database_.get(), sql, -1, &raw, nullptr);
    if (code != SQLITE_OK) return error(code, "prepare");
    return Statement(raw);
  }

  Result<void> check() {
    const Statement statement = TRY(prepare("PRAGMA quick_check(1)"));
    const int code = sqlite3_step(statement.get());
    if (code != SQLITE_ROW) return error(code, "check");
    if (column_text(statement.get(), 0) != "ok") return error(SQLITE_CORRUPT, "check");
    return {};
  }

  Result<Revision> read_floor() {
    const Statement statement =
        TRY(prepare("SELECT revision FROM counter WHERE name = 'forgotten'"));
    const int code = sqlite3_step(statement.get());
    if (code == SQLITE_DONE) return Revision{0};
    if (code != SQLITE_ROW) return error(code, "read");
    return sqlite3_column_int64(statement.get(), 0);
  }

  Result<Revision> read_log() {
    const Statement statement =
        TRY(prepare("SELECT revision, key, object, removed FROM log ORDER BY revision"));
    Revision newest = 0;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
      const auto event = std::make_shared<Event>();
      event->revision = newest = sqlite3_column_int64(statement.get(), 0);
      event->key = column_text(statement.get(), 1);
      Result<json::Value> object = json::parse(column_text(statement.get(), 2));
      if (!object) {
        return fail(ErrorCode::kIo,
                    explain(nullptr, SQLITE_CORRUPT, path_, "read " + event->key).message + ": " +
                        object.error().message);
      }
      event->value = std::make_shared<const json::Value>(*std::move(object));
      event->removed = sqlite3_column_int(statement.get(), 3) != 0;
      if (const std::optional<Entry> before = get(event->key)) event->previous = before->value;
      restore(event);
    }
    if (code != SQLITE_DONE) return error(code, "read");
    return newest;
  }

  Result<void> insert_all(Batch batch) {
    for (const auto& event : batch) {
      sqlite3_stmt* statement = insert_.get();
      const std::string& object = event->text();
      sqlite3_bind_int64(statement, 1, event->revision);
      sqlite3_bind_text(statement, 2, event->key.data(), static_cast<int>(event->key.size()),
                        SQLITE_STATIC);
      sqlite3_bind_text(statement, 3, object.data(), static_cast<int>(object.size()),
                        SQLITE_STATIC);
      sqlite3_bind_int(statement, 4, event->removed ? 1 : 0);
      const int code = sqlite3_step(statement);
      Result<void> done = {};
      if (code != SQLITE_DONE) done = error(code, "write");
      sqlite3_reset(statement);
      TRY(done);
    }
    return {};
  }

  Database database_;
  std::string path_;
  Statement insert_;  // after database_: finalized before it is closed
};

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) return std::unexpected(explain(raw, code, path, "open"));
  auto store = std::make_unique<OpenedStore>(std::move(database), path);
  TRY(store->load());
  return std::unique_ptr<SqliteStore>(std::move(store));
}

}  // namespace firesteel::apiserver::store
