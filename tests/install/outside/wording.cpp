// The shared library that speller calls.
int letters();
int letters() {
  return 26;
}
