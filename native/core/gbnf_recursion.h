// Left recursion in a grammar.
#pragma once

#include "gbnf.h"

namespace toolken {

// A rule that begins with itself would be expanded for ever. Throws GRAMMAR_INVALID when there is one.
void gbnf_refuse_left_recursion(const GbnfRules & all);

} // namespace toolken
