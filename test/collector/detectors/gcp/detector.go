// Package gcp detects nothing.
package gcp

import "go.opentelemetry.io/otel/sdk/resource"

func NewDetector() resource.Detector { return nil }
