#!/usr/bin/env bash
# Installs DynamoDB Local into DIR, from Maven Central; a second call does nothing. Needs a Java 17 JDK and Maven.
#   scripts/dynamodb-local.sh DIR
#   DIR/run [PORT]        starts it, state in memory, on loopback only; without a port it takes a free one
# `DIR/run` prints `listening on http://127.0.0.1:PORT` once it answers, and ends when it is killed.
set -euo pipefail
version=2.6.1
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
# Two that start at once: the second waits and finds it done.
if command -v flock >/dev/null; then exec 9>"$dir/lock" && flock 9; fi
if [ "$(cat "$dir/installed" 2>/dev/null)" = "$version" ]; then exit 0; fi
rm -rf "$dir/lib" "$dir/installed"

cat >"$dir/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>dynamodb-local</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
POM
# The libraries of SQLite come along: they are runtime dependencies too.
mvn --batch-mode --quiet --strict-checksums --file "$dir/pom.xml" \
  org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$dir/lib"

# Its own main class listens on every interface and refuses port 0, which would let the kernel choose: hence this one.
cat >"$dir/Loopback.java" <<'JAVA'
import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

public class Loopback {
  public static void main(String[] args) throws Exception {
    String[] options = {"-inMemory", "-sharedDb", "-disableTelemetry", "-port", "8000"};
    DynamoDBProxyServer runner = ServerRunner.createServerFromCommandLineArgs(options);
    var field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    ServerConnector connector = (ServerConnector) ((Server) field.get(runner)).getConnectors()[0];
    connector.setHost("127.0.0.1");
    connector.setPort(args.length == 0 ? 0 : Integer.parseInt(args[0]));
    runner.start();
    System.out.println("listening on http://127.0.0.1:" + connector.getLocalPort());
    runner.join();
  }
}
JAVA
javac -cp "$dir/lib/*" -d "$dir/lib" "$dir/Loopback.java"

cat >"$dir/run" <<'RUN'
#!/usr/bin/env bash
lib=$(cd "$(dirname "$0")" && pwd)/lib
exec java -Djava.library.path="$lib" -cp "$lib:$lib/*" Loopback "$@"
RUN
chmod +x "$dir/run"
# Last, so that a directory left half-way is made again.
echo "$version" >"$dir/installed"
