{{/* The name of all objects of a release. */}}
{{- define "gateway.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "gateway.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "gateway.labels" -}}
{{ include "gateway.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* A digest wins over a tag: it cannot change. */}}
{{- define "gateway.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Variables of the container. What the chart sets itself fits ports, probes and times to each other. */}}
{{- define "gateway.environment" -}}
{{- $own := dict
  "HOST" "0.0.0.0"
  "PORT" "4000"
  "SHUTDOWN_GRACE_MS" (mul .Values.shutdownGraceSeconds 1000 | toString)
-}}
{{- if .Values.metrics.enabled -}}
{{- $_ := set $own "METRICS_HOST" "0.0.0.0" -}}
{{- $_ := set $own "METRICS_PORT" (.Values.metrics.port | toString) -}}
{{- end -}}
{{- if .Values.watch.file -}}
{{- $_ := set $own "WATCH_FILE" "/etc/oidc-config-gateway/watch.yaml" -}}
{{- end -}}
env:
  {{- range $name, $value := merge $own .Values.env }}
  - name: {{ $name }}
    {{- /* Helm reads numbers as floating-point ones, and would write a million as 1e+06. */}}
    value: {{ kindIs "float64" $value | ternary (int64 $value) $value | quote }}
  {{- end }}
{{- with .Values.secretEnv }}
envFrom:
  {{- range . }}
  - secretRef:
      name: {{ . }}
      optional: false
  {{- end }}
{{- end }}
{{- end -}}

{{- define "gateway.volumeMounts" -}}
{{- if or .Values.secretFiles .Values.watch.file -}}
volumeMounts:
  {{- range $index, $file := .Values.secretFiles }}
  - name: secret-{{ $index }}
    mountPath: {{ $file.mountPath }}
    readOnly: true
  {{- end }}
  {{- if .Values.watch.file }}
  - name: watch
    mountPath: /etc/oidc-config-gateway
    readOnly: true
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "gateway.volumes" -}}
{{- if or .Values.secretFiles .Values.watch.file -}}
volumes:
  {{- range $index, $file := .Values.secretFiles }}
  - name: secret-{{ $index }}
    secret:
      secretName: {{ $file.secretName }}
      # Read by the group only: fsGroup is that of the gateway.
      defaultMode: 0440
      optional: false
  {{- end }}
  {{- if .Values.watch.file }}
  - name: watch
    configMap:
      name: {{ include "gateway.fullname" . }}-watch
  {{- end }}
{{- end -}}
{{- end -}}
