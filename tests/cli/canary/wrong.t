# Every step of this transcript is wrong; test_runner.py expects each to be found.
$ echo one
two

$ echo one; echo two
one

$ echo one
one
two

$ exit 3

$ true
?1

$ echo one
o+ (re)

$ echo one
t* (glob)

$ echo one
...
two
