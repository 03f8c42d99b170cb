// SPDX-License-Identifier: Apache-2.0
// What <iostream> adds to the start of a program; built with and without -static.
#include <iostream>

int main() {
  std::cout << "";
  return 0;
}
