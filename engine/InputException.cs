namespace SspNative.Engine;

/// <summary>
/// Something the user brought cannot be used: a missing file, a clip without sound, an unreadable frame. The message is one
/// line that names the file and says what is wrong; commands print it as it is.
/// </summary>
public sealed class InputException : Exception
{
    public InputException(string message)
        : base(message)
    {
    }

    public InputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
