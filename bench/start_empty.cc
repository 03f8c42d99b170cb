// SPDX-License-Identifier: Apache-2.0
// The least that a C++ program costs to start; built with and without -static.
int main() { return 0; }
