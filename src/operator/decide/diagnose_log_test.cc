#include "operator/decide/diagnose_log.h"

#include <gtest/gtest.h>

namespace firesteel::operators::decide {
namespace {

struct Case {
  const char* name;
  const char* tail;
  FailureClass failure;
  const char* line;
};

// Ends of logs as Spark 3.4 and 3.5 write them.
const Case kCases[] = {
    {"a Python traceback", R"(26/11/22 12:00:01 INFO SparkContext: Running Spark version 3.4.0
Traceback (most recent call last):
  File "/opt/spark/inline/job.py", line 7, in <module>
    main()
  File "/opt/spark/inline/job.py", line 4, in main
    return 1 / 0
           ~~^~~
ZeroDivisionError: division by zero
26/11/22 12:00:02 INFO SparkContext: Successfully stopped
)",
     FailureClass::kUser, "ZeroDivisionError: division by zero"},
    {"an exception in a Python worker",
     "Traceback (most recent call last):\n"
     "  File \"/app/job.py\", line 9, in <module>\n"
     "    print(rdd.map(lambda x: x / 0).collect())\n"
     "py4j.protocol.Py4JJavaError: An error occurred while calling "
     "z:org.apache.spark.api.python.PythonRDD.collectAndServe.\n"
     ": org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in "
     "stage 0.0 failed 4 times, most recent failure: Lost task 0.3 in stage 0.0 (TID "
     "3) (127.64.0.5 executor 1): org.apache.spark.api.python.PythonException: "
     "Traceback (most recent call last):\n"
     "  File \"/opt/spark/python/lib/pyspark.zip/pyspark/worker.py\", line 830, in "
     "main\n"
     "    process()\n"
     "TypeError: unsupported operand type(s) for /: 'str' and 'int'\n"
     "\n"
     "\tat "
     "org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonExceptio"
     "n(PythonRunner.scala:561)\n",
     FailureClass::kUser, "TypeError: unsupported operand type(s) for /: 'str' and 'int'"},
    {"a second exception while the first is handled", R"(Traceback (most recent call last):
  File "job.py", line 2, in <module>
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "job.py", line 4, in <module>
ValueError: no column a
)",
     FailureClass::kUser, "ValueError: no column a"},
    {"a syntax error", R"(  File "/opt/spark/inline/job.py", line 3
    print(
         ^
SyntaxError: '(' was never closed
)",
     FailureClass::kUser, "SyntaxError: '(' was never closed"},
    {"a missing module", R"(Traceback (most recent call last):
  File "/app/job.py", line 1, in <module>
    import pandas
ModuleNotFoundError: No module named 'pandas'
)",
     FailureClass::kUser, "ModuleNotFoundError: No module named 'pandas'"},
    {"a missing main class",
     R"(26/11/22 12:00:00 WARN NativeCodeLoader: Unable to load native-hadoop library
26/11/22 12:00:00 ERROR SparkSubmit: Failed to load class org.example.Missing.
26/11/22 12:00:00 INFO SparkContext: Successfully stopped
)",
     FailureClass::kUser, "ERROR SparkSubmit: Failed to load class org.example.Missing."},
    {"a missing class later on",
     R"(Exception in thread "main" java.lang.NoClassDefFoundError: org/example/A
	at org.example.Main.main(Main.java:3)
Caused by: java.lang.ClassNotFoundException: org.example.A
	at java.base/java.net.URLClassLoader.findClass(Unknown Source)
)",
     FailureClass::kUser, "java.lang.ClassNotFoundException: org.example.A"},
    {"a missing connector",
     "Traceback (most recent call last):\n"
     "  File \"/app/job.py\", line 5, in <module>\n"
     "py4j.protocol.Py4JJavaError: An error occurred while calling o40.load.\n"
     ": org.apache.spark.SparkClassNotFoundException: [DATA_SOURCE_NOT_FOUND] Failed "
     "to find the data source: iceberg.\n"
     "\tat "
     "org.apache.spark.sql.errors.QueryExecutionErrors$.dataSourceNotFoundError(QueryE"
     "xecutionErrors.scala:725)\n"
     "Caused by: java.lang.ClassNotFoundException: iceberg.DefaultSource\n",
     FailureClass::kUser,
     "org.apache.spark.SparkClassNotFoundException: [DATA_SOURCE_NOT_FOUND] Failed to find the "
     "data source: iceberg."},
    {"a missing program",
     "python3: can't open file '/opt/spark/no/such/program.py': [Errno 2] No such file or "
     "directory\n26/11/22 12:00:00 INFO SparkContext: Successfully stopped\n",
     FailureClass::kUser,
     "python3: can't open file '/opt/spark/no/such/program.py': [Errno 2] No such file or "
     "directory"},
    {"a missing path",
     "Traceback (most recent call last):\n"
     "  File \"/app/job.py\", line 5, in <module>\n"
     "pyspark.errors.exceptions.captured.AnalysisException: [PATH_NOT_FOUND] Path "
     "does not exist: file:/data/in.csv.\n",
     FailureClass::kUser,
     "pyspark.errors.exceptions.captured.AnalysisException: [PATH_NOT_FOUND] Path does not exist: "
     "file:/data/in.csv."},
    {"a missing file",

     "Exception in thread \"main\" java.io.FileNotFoundException: /etc/job.conf (No "
     "such file or directory)\n"
     "\tat java.base/java.io.FileInputStream.open0(Native Method)\n",
     FailureClass::kUser,
     "java.io.FileNotFoundException: /etc/job.conf (No such file or directory)"},
    {"S3 without rights",

     "Exception in thread \"main\" java.nio.file.AccessDeniedException: "
     "s3a://data-lake/in: getFileStatus on s3a://data-lake/in: "
     "com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: Amazon "
     "S3; Status Code: 403; Error Code: 403 Forbidden; Request ID: 1)\n"
     "\tat org.apache.hadoop.fs.s3a.S3AUtils.translateException(S3AUtils.java:255)\n"
     "Caused by: com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden "
     "(Service: Amazon S3; Status Code: 403; Error Code: 403 Forbidden; Request ID: "
     "1)\n",
     FailureClass::kUser,
     "java.nio.file.AccessDeniedException: s3a://data-lake/in: getFileStatus on "
     "s3a://data-lake/in: com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: "
     "Amazon S3; Status Code: 403; Error Code: 403 Forbidden; Request ID: 1)"},
    {"a missing bucket",

     "Exception in thread \"main\" java.io.FileNotFoundException: Bucket data-lake "
     "does not exist\n"
     "\tat "
     "org.apache.hadoop.fs.s3a.S3AFileSystem.verifyBucketExists(S3AFileSystem.java:600"
     ")\n"
     "Caused by: com.amazonaws.services.s3.model.AmazonS3Exception: The specified "
     "bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: "
     "NoSuchBucket)\n",
     FailureClass::kUser,
     "com.amazonaws.services.s3.model.AmazonS3Exception: The specified bucket does not exist "
     "(Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket)"},
    {"a metastore that does not answer",

     "Exception in thread \"main\" org.apache.spark.sql.AnalysisException: "
     "org.apache.hadoop.hive.ql.metadata.HiveException: java.lang.RuntimeException: "
     "Unable to instantiate "
     "org.apache.hadoop.hive.ql.metadata.SessionHiveMetaStoreClient\n"
     "\tat "
     "org.apache.spark.sql.hive.HiveExternalCatalog.withClient(HiveExternalCatalog.sca"
     "la:110)\n"
     "Caused by: MetaException(message:Could not connect to meta store using any of "
     "the URIs provided. Most recent failure: "
     "org.apache.thrift.transport.TTransportException: java.net.ConnectException: "
     "Connection refused)\n",
     FailureClass::kInfrastructure,
     "MetaException(message:Could not connect to meta store using any of the URIs provided. Most "
     "recent failure: org.apache.thrift.transport.TTransportException: java.net.ConnectException: "
     "Connection refused)"},
    {"a full heap",

     "26/11/22 12:00:00 ERROR SparkUncaughtExceptionHandler: Uncaught exception in "
     "thread Thread[main]\n"
     "java.lang.OutOfMemoryError: Java heap space\n"
     "\tat java.base/java.util.Arrays.copyOf(Unknown Source)\n",
     FailureClass::kOutOfMemory, "java.lang.OutOfMemoryError: Java heap space"},
    {"executors over their limit",

     "26/11/22 12:00:00 WARN TaskSchedulerImpl: Lost task 0.0 in stage 0.0\n"
     "Exception in thread \"main\" org.apache.spark.SparkException: Job aborted due "
     "to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: Lost "
     "task 0.3 in stage 0.0 (TID 3) (127.64.0.9 executor 4): ExecutorLostFailure "
     "(executor 4 exited caused by one of the running tasks) Reason: The executor "
     "with id 4 exited with exit code 137(SIGKILL, possible container OOM).\n",
     FailureClass::kOutOfMemory,
     "org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 "
     "failed "
     "4 times, most recent failure: Lost task 0.3 in stage 0.0 (TID 3) (127.64.0.9 executor 4): "
     "ExecutorLostFailure (executor 4 exited caused by one of the running tasks) Reason: The "
     "executor with id 4 exited with exit code 137(SIGKILL, possible container OOM)."},
    {"an exception without a known remedy",
     R"(Exception in thread "main" java.lang.IllegalStateException: half done
	at org.example.Main.main(Main.java:3)
Caused by: java.lang.ArithmeticException: / by zero
)",
     FailureClass::kUser,
     "java.lang.IllegalStateException: half done; caused by: java.lang.ArithmeticException: / by "
     "zero"},
    {"trouble that was survived before", R"(java.io.FileNotFoundException: /tmp/block (No such file)
26/11/22 12:00:00 WARN TaskSchedulerImpl: Lost task 0.0: java.lang.ClassNotFoundException: X
Exception in thread "main" java.lang.ArithmeticException: / by zero
)",
     FailureClass::kUser, "java.lang.ArithmeticException: / by zero"},
    {"spark-submit's own complaint", "Error: Missing application resource.\n", FailureClass::kUser,
     "Error: Missing application resource."},
    {"Windows line ends", "Traceback (most recent call last):\r\n  File \"a\"\r\nOSError: disk\r\n",
     FailureClass::kUser, "OSError: disk"},
};

TEST(DiagnoseLog, FindsTheLineThatSaysWhy) {
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.name);
    const auto found = diagnose_log(each.tail);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->line, each.line);
    EXPECT_EQ(text(found->failure), text(each.failure));
    EXPECT_FALSE(found->change.empty());
  }
}

TEST(DiagnoseLog, FindsNothingInALogWithoutTrouble) {
  for (const auto* const tail :
       {"", "\n\n", "26/11/22 12:00:00 INFO SparkContext: java.lang.OutOfMemoryError is a word\n",
        "Traceback (most recent call last):\n  File \"a\"\n"}) {
    EXPECT_FALSE(diagnose_log(tail)) << tail;
  }
}

TEST(DiagnoseLog, LooksAtABoundedEndAndKeepsLinesShort) {
  std::string tail = "Traceback (most recent call last):\nOSError: first\n";
  tail.append(kLogTail, 'x');
  EXPECT_FALSE(diagnose_log(tail));
  tail = "Traceback (most recent call last):\nOSError: " + std::string(5000, 'y');
  EXPECT_EQ(diagnose_log(tail)->line.size(), 403U);
}

TEST(DiagnoseLog, HidesSecrets) {
  const std::pair<const char*, const char*> cases[] = {
      {"jdbc:postgresql://admin:hunter2@db/x?password=hunter2&ssl=1",
       "jdbc:postgresql://***@db/x?password=***&ssl=1"},
      {"https://bucket.s3/x?X-Amz-Signature=abc&a=b",
       "https://bucket.s3/x?X-Amz-Signature=***&a=b"},
      {"fs.s3a.secret.key=abc, fs.s3a.endpoint=e", "fs.s3a.secret.key=***, fs.s3a.endpoint=e"},
      {"Token: abc rest", "Token: *** rest"},
      {"mail a@b: no secret here", "mail a@b: no secret here"},
      {"s3a://data/a@b", "s3a://data/a@b"}};
  for (const auto& [text, hidden] : cases) EXPECT_EQ(hide_secrets(text), hidden);
}

TEST(Failure, ClassesHaveTheirNames) {
  for (const auto* const name :
       {"User", "OutOfMemory", "Infrastructure", "ImagePull", "Quota", "Submission", "Timeout"}) {
    const auto parsed = parse_failure_class(name);
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(text(*parsed), name);
  }
  EXPECT_FALSE(parse_failure_class("Failed"));
  EXPECT_EQ(classify_exit(137, "OOMKilled"), FailureClass::kOutOfMemory);
  EXPECT_EQ(classify_exit(143, "Error"), FailureClass::kInfrastructure);
  EXPECT_EQ(classify_exit(1, "Error"), FailureClass::kUser);
  EXPECT_EQ(classify_pod_reason("Evicted"), FailureClass::kInfrastructure);
  EXPECT_EQ(classify_pod_reason("DeadlineExceeded"), FailureClass::kTimeout);
  EXPECT_EQ(classify_pending("ImagePullBackOff"), FailureClass::kImagePull);
  EXPECT_EQ(classify_pending("Unschedulable"), FailureClass::kTimeout);
  EXPECT_EQ(classify_refusal({ErrorCode::kForbidden, "exceeded quota: q", {}}),
            FailureClass::kQuota);
  EXPECT_EQ(classify_refusal({ErrorCode::kForbidden, "no rights", {}}), FailureClass::kSubmission);
  EXPECT_EQ(classify_refusal({ErrorCode::kUnavailable, "", {}}), FailureClass::kInfrastructure);
}

}  // namespace
}  // namespace firesteel::operators::decide
