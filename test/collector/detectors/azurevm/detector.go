// Package azurevm detects nothing.
package azurevm

import "go.opentelemetry.io/otel/sdk/resource"

func New() resource.Detector { return nil }
