import { snippet } from '../support/documents.ts'
import { absent } from './prepare.ts'
import { testClient } from './trial.ts'

const habits = { sendsMetrics: true, resendsAfterCut: true, resendsWhenAsked: true }

testClient({
  name: 'Java agent',
  lacks: absent('java', 'javac', 'jar', 'mvn'),
  app: {
    name: 'java',
    files: ['java/App.java', 'java/pom.xml'],
    script: `
      ${snippet('java install')}
      mvn dependency:copy-dependencies -DoutputDirectory=lib
      javac -cp 'lib/*' -d classes App.java
      echo "Class-Path: $(echo lib/*)" > manifest
      jar --create --file app.jar --manifest manifest --main-class App -C classes .`,
  },
  start: 'java',
  // over gRPC, answers that are held back would hold the handshake of its next connection, too
  ways: { http: { ...habits, shows: ['bearer token', 'client certificate'] }, grpc: habits },
})
