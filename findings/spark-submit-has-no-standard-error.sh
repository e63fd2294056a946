#!/bin/sh
# What a PySpark program writes to standard error comes out on the standard output of spark-submit.
#
# Guess: spark-submit runs a Python program as a shell would. Results go to standard output and messages to standard error, so that
# `spark-submit program.py >rows 2>messages` keeps them apart, and a message about what failed cannot get among the rows.
# Seen (PySpark 4.3.0, Java 17, in client mode on this machine): both come out on standard output, in one stream; on standard error is
# only Spark's own log. Run by Python itself, the same program keeps them apart. The exit code comes through both ways.
# Why the guess is wrong: spark-submit is a Java program that starts Python as a child, tells it to send standard error to where
# standard output goes, and copies that one stream to its own standard output.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip -q install --disable-pip-version-check pyspark==4.3.0
export HOME="$folder" SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON="$folder/venv/bin/python"
cat >program.py <<'PYTHON'
import sys
from pyspark.sql import SparkSession

count = SparkSession.builder.master("local[1]").getOrCreate().sparkContext.parallelize([1, 2]).count()
print(f"a result: {count}")
print("a message: one failed", file=sys.stderr)
sys.exit(7)
PYTHON
try() {
  code=0
  "$@" program.py >out 2>err || code=$?
  result=nothing where=nowhere
  grep -q '^a result: 2$' out && result="standard output"
  grep -q 'a message: one failed' out && where="standard output"
  grep -q 'a message: one failed' err && where="standard error"
  echo "$(basename "$1"): ends with $code, the result on $result, the message on $where"
}
try venv/bin/python; test "$code $where" = "7 standard error"
try venv/bin/spark-submit; test "$code $where" = "7 standard output"
