namespace SspNative.Kernels;

/// <summary>A device or its driver fails, which the program can do nothing about. The message is one line that says what to do.</summary>
public sealed class DeviceException(string message, Exception cause) : Exception(message, cause);
