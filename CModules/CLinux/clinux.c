// Holds nothing: the headers are the module.
#include "clinux.h"
