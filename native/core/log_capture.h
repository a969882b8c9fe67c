// Keeps llama.cpp's log quiet and hands its warnings to whoever wants to explain a failure.
#pragma once

#include <string>

namespace toolken {

// Installs the process-wide log callback. Idempotent.
void log_install();

// Collects warnings and errors that llama.cpp logs on this thread while the object lives.
class LogCapture {
  public:
    LogCapture();
    ~LogCapture();
    LogCapture(const LogCapture &) = delete;
    LogCapture & operator=(const LogCapture &) = delete;

    // The last lines, trimmed, or "no reason given".
    std::string reason() const;

  private:
    std::string text_;
    std::string * outer_;
};

} // namespace toolken
