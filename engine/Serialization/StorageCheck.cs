namespace SspNative.Engine.Serialization;

/// <summary>A check of a part of a file that is made once, before something of it is used; several tensors may lie in the part.</summary>
/// <param name="check">Fails where the part is damaged.</param>
internal sealed class StorageCheck(Action check)
{
    private readonly Lock _lock = new();
    private bool _done;

    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public void Require()
    {
        lock (_lock)
        {
            if (_done)
                return;
            check();
            _done = true;
        }
    }
}
