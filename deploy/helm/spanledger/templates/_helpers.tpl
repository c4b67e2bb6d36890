{{- define "spanledger.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "spanledger.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "spanledger.labels" -}}
{{ include "spanledger.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "spanledger.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* What every container of this chart may: nothing. */}}
{{- define "spanledger.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "spanledger.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* A pod that runs a command by the role that owns the tables. It has root, component and command. */}}
{{- define "spanledger.ownerPod" -}}
metadata:
  labels:
    {{- include "spanledger.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  # no account of its own: hooks run before the chart's are made
  automountServiceAccountToken: false
  enableServiceLinks: false
  restartPolicy: Never
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext: {{- include "spanledger.podSecurity" .root | nindent 4 }}
  containers:
    - name: {{ .component }}
      image: {{ include "spanledger.image" .root }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: [dist/cli.js, {{ .command }}]
      securityContext: {{- include "spanledger.containerSecurity" .root | nindent 8 }}
      env:
        - name: DATABASE_URL
          valueFrom:
            secretKeyRef:
              name: {{ .root.Values.migrations.existingSecret }}
              key: {{ .root.Values.migrations.key }}
      resources:
        requests: { cpu: 100m, memory: 256Mi }
        limits: { memory: 256Mi }
      volumeMounts:
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
{{- end -}}
