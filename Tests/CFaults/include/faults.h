// Nothing is called by name: the library is preloaded, and reads its orders from the environment. See faults.c.
#pragma once
