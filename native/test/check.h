// Counts what a test program checks.
#pragma once

#include <cstdio>
#include <string>

inline int passed = 0;
inline int failed = 0;

inline void check(bool condition, const std::string & what) {
    ++(condition ? passed : failed);
    if (!condition) {
        std::printf("FAILED: %s\n", what.c_str());
    }
}

// The exit code.
inline int report() {
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
