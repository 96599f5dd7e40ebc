#pragma once
// What plain and TLS streams share: the waiting. A subclass makes one non-blocking attempt and says
// what it would wait for.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "net/http.h"
#include "net/socket.h"

namespace firesteel::net {

class PolledStream : public Stream {
 public:
  explicit PolledStream(Fd fd);

  Result<std::size_t> read_some(char* buffer, std::size_t size, StopToken stop) final;
  Result<void> write_all(std::string_view bytes, StopToken stop) final;
  Result<std::size_t> write_some(std::string_view bytes) final;
  int fd() const final { return fd_.get(); }
  // Only shuts the socket down, for another thread may be using it: the destructor closes it.
  void close() final;
  void set_read_timeout(std::chrono::milliseconds timeout) final { read_timeout_ = timeout; }
  void set_write_timeout(std::chrono::milliseconds timeout) final { write_timeout_ = timeout; }

 protected:
  struct Attempt {
    std::size_t count = 0;  // bytes moved; 0 of a read is the end of the stream
    short wait_for = 0;     // POLLIN or POLLOUT when nothing could be moved; else 0
  };
  virtual Result<Attempt> try_read(char* buffer, std::size_t size) = 0;
  virtual Result<Attempt> try_write(std::string_view bytes) = 0;
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  Fd fd_;
  std::atomic<bool> closed_ = false;
  std::chrono::milliseconds read_timeout_{-1};
  std::chrono::milliseconds write_timeout_{-1};
};

}  // namespace firesteel::net
