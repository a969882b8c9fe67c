// A shared library opened by its path; it stays in the process.
#pragma once

#include <string>

namespace toolken {

class SharedLibrary {
  public:
    // Throws BINARY_INCOMPATIBLE with the system's reason. `path` is UTF-8.
    explicit SharedLibrary(const std::string & path);

    // A function of the library or of those that it was bound to; null when there is none.
    void * find(const char * name) const;

    // A function of this very file; null when there is none.
    void * own(const char * name) const;

  private:
    void * handle_;
};

} // namespace toolken
