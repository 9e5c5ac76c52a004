namespace SspNative.Kernels;

/// <summary>A device or its driver fails, or cannot do what is asked. The message is one line that says what to do.</summary>
public sealed class DeviceException(string message, Exception? cause = null) : Exception(message, cause);
