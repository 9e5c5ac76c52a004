using System.Reflection;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Operators;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Kernels.Calls;

/// <summary>What must hold of every kernel, whatever it computes.</summary>
public sealed class EveryCallTests : DeviceTest
{
    private const byte NaN = 0xFF;

    public static TheoryData<string, CpuIsa> Kernels => RecordedCalls.OnEveryIsa;

    /// <summary>
    /// A new kernel is in the catalogue, so that recordings can be read, and an entry of the catalogue of operations calls it, so that all of this tests
    /// it.
    /// </summary>
    [Fact]
    public void NoKernelIsForgotten()
    {
        string[] all = [.. CallTypes().Select(NameOf).Order(StringComparer.Ordinal)];
        Assert.Equal(all, CallCatalogue.Names.Order(StringComparer.Ordinal));
        Assert.Equal(all, RecordedCalls.Kernels.Order(StringComparer.Ordinal));
        Assert.Equal(typeof(IKernels).GetMethods().Length, CallTypes().Select(t => t.IsGenericType ? t.GetGenericTypeDefinition() : t).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void ItWritesAllOfItsResultsAndTheyAreFinite(string kernel, CpuIsa isa)
    {
        CpuDevice device = On(isa);
        using IDisposable check = device.Observe(new NonFiniteObserver());
        foreach (RecordedCall call in RecordedCalls.Of(kernel))
        {
            using var replay = new CallReplay(call, device);
            replay.FillOutputs(NaN);
            replay.Launch();
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void ResultsAreTheSameBitsOnAnyNumberOfThreads(string kernel, CpuIsa isa)
    {
        foreach (RecordedCall call in RecordedCalls.Of(kernel))
        {
            IReadOnlyDictionary<string, byte[]> expected = OnThreads(1, call, isa);
            foreach (int threads in new[] { 2, 3, 8 })
                foreach ((string name, byte[] bytes) in OnThreads(threads, call, isa))
                    Assert.True(expected[name].AsSpan().SequenceEqual(bytes), $"{CallLog.Describe(call)}: {name} differs between 1 and {threads} threads");
        }
    }

    /// <summary>
    /// The same bits as on ordinary memory, and nothing read or written outside a buffer or behind a block of the kernel's own workspace: a touch of the
    /// pages there would end the process.
    /// </summary>
    [SkippableTheory]
    [MemberData(nameof(Kernels))]
    public void NothingOutsideItsBuffersIsReadOrWritten(string kernel, CpuIsa isa)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "guarded memory needs Linux");
        using CpuDevice end = new(isa, memory: CpuMemory.GuardedEnd), start = new(isa, memory: CpuMemory.GuardedStart);
        foreach (RecordedCall call in RecordedCalls.Of(kernel))
        {
            IReadOnlyDictionary<string, byte[]> expected = Outputs(call, On(isa));
            foreach (CpuDevice guarded in (CpuDevice[])[end, start])
                foreach ((string name, byte[] bytes) in OnGuardedScratch(() => Outputs(call, guarded)))
                    Assert.True(expected[name].AsSpan().SequenceEqual(bytes), $"{CallLog.Describe(call)}: {name} differs between memories");
        }
        Assert.Equal((0, 0), (end.LiveBuffers, start.LiveBuffers));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void ANumberThatIsNotFiniteIsFoundAndTheKernelNamed(string kernel, CpuIsa isa)
    {
        CpuDevice device = On(isa);
        var spoiler = new Spoiler();
        using IDisposable check = device.Observe(new NonFiniteObserver()), spoils = device.Observe(spoiler);
        foreach (RecordedCall call in RecordedCalls.Of(kernel))
        {
            using var replay = new CallReplay(call, device);
            spoiler.Spoiled = null;
            Exception? failure = Record.Exception(replay.Launch);
            if (spoiler.Spoiled is null)
                Assert.Null(failure);
            else
                Assert.Contains(
                    $"the kernel {kernel} made a number that is not finite: {spoiler.Spoiled} is NaN", Assert.IsType<InvalidDataException>(failure).Message);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void ARecordingIsReadBackAsTheSameCallAtTheSameCost(string kernel, CpuIsa isa)
    {
        RecordedCall[] calls = [.. RecordedCalls.Of(kernel)];
        using var file = new MemoryStream();
        new CallLog("cpu", calls).Write(file);
        file.Position = 0;
        CallLog read = CallLog.Read(file, "calls.json");
        Assert.Equal(calls.Select(CallLog.Signature), read.Calls.Select(CallLog.Signature));
        Assert.Equal(calls.Select(c => c.Cost), read.Calls.Select(c => c.Cost));
        foreach (RecordedCall call in read.Calls)
        {
            using var replay = new CallReplay(call, On(isa));
            replay.Launch();
        }
    }

    private static T OnGuardedScratch<T>(Func<T> run)
    {
        Scratch.IsGuarded = true;
        try
        {
            return run();
        }
        finally
        {
            Scratch.IsGuarded = false;
        }
    }

    private static IReadOnlyDictionary<string, byte[]> OnThreads(int threads, RecordedCall call, CpuIsa isa)
    {
        int before = CpuThreads.Count;
        try
        {
            CpuThreads.Count = threads;
            using var device = new CpuDevice(isa);
            return Outputs(call, device);
        }
        finally
        {
            CpuThreads.Count = before;
        }
    }

    private static IReadOnlyDictionary<string, byte[]> Outputs(RecordedCall call, CpuDevice device)
    {
        using var replay = new CallReplay(call, device);
        replay.FillOutputs(NaN);
        replay.Launch();
        return replay.Outputs();
    }

    private static IEnumerable<Type> CallTypes()
    {
        Type[] types = typeof(IKernels).Assembly.GetTypes();
        foreach (Type type in types.Where(t => t.IsValueType
            && t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IKernelCall<>))))
        {
            if (!type.IsGenericTypeDefinition)
            {
                yield return type;
                continue;
            }
            Type constraint = type.GetGenericArguments()[0].GetGenericParameterConstraints().Single(c => c.IsInterface);
            Assert.Contains(constraint, new[] { typeof(IUnaryOperator), typeof(IBinaryOperator) });
            foreach (Type operation in types.Where(t => t is { IsValueType: true, IsPublic: true } && t.GetInterfaces().Contains(constraint)))
                yield return type.MakeGenericType(operation);
        }
    }

    private static string NameOf(Type call) => (string)call.GetProperty("Name", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    /// <summary>Puts NaN into the last element of the last float result.</summary>
    private sealed class Spoiler : DeviceObserver
    {
        public string? Spoiled { get; set; }

        public override void AfterLaunch<TCall>(in TCall call, IDevice device)
        {
            foreach (Operand operand in RecordedCall.Of(call).Operands.Reverse())
            {
                if (operand is not { IsWritten: true, DType: DType.F32 } || operand.Layout.End == 0)
                    continue;
                device.CopyFromHost(BitConverter.GetBytes(float.NaN), operand.Buffer, (operand.Layout.End - 1) * sizeof(float));
                Spoiled = operand.Name;
                return;
            }
        }
    }
}
