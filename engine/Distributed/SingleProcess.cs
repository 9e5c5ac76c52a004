namespace SspNative.Engine.Distributed;

/// <summary>One process that works alone.</summary>
public sealed class SingleProcess : ICollective
{
    public static SingleProcess Instance { get; } = new();

    private SingleProcess()
    {
    }

    public int Rank => 0;

    public int Count => 1;

    public Traffic Sent => default;

    public byte[][] AllGather(ReadOnlySpan<byte> own) => [own.ToArray()];

    public byte[][] Gather(byte[] own) => [own];

    public ITransfer Send(Tensor? tensor, int to, int tag) => throw NoOther();

    public ITransfer Receive(Tensor tensor, int from, int tag) => throw NoOther();

    public void Poll()
    {
    }

    private static InvalidOperationException NoOther() => new("a process that works alone has nobody to exchange tensors with");
}
