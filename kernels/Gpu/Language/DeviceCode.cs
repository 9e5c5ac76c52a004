using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;
using ILGPU.Util;

namespace SspNative.Kernels.Gpu;

/// <summary>Writes the text of methods that are marked with <see cref="DeviceCodeAttribute"/> where a kernel calls them.</summary>
internal static partial class DeviceCode
{
    /// <summary>Makes a context compile our kernels: at the level at which they are tested, with the instructions known to it.</summary>
    public static Context.Builder WithKernels(this Context.Builder builder)
    {
        builder.Optimize(OptimizationLevel.O2);
        foreach (MethodInfo method in typeof(Instructions).GetMethods())
        {
            if (method.GetCustomAttribute<DeviceCodeAttribute>() is not { } code)
                continue;
            IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
            manager.RegisterMethod(method, new PTXIntrinsic(typeof(DeviceCode), nameof(WritePtx), IntrinsicImplementationMode.GenerateCode));
            if (code.OpenCl is not null)
                manager.RegisterMethod(method, new CLIntrinsic(typeof(DeviceCode), nameof(WriteOpenCl), IntrinsicImplementationMode.GenerateCode));
        }
        return builder;
    }

    /// <summary>Called by ILGPU's PTX generator.</summary>
    public static void WritePtx(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var call = (MethodCall)value;
        var arguments = new string[call.Count];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = Registers(generator, generator.Load(call[i]));
        string result = call.Target.ReturnType.IsVoidType ? "" : Registers(generator, generator.Allocate(value));
        string text = Placeholder().Replace(Code(call).Ptx, m => m.Groups[1].Value == "r" ? result : arguments[int.Parse(m.Groups[1].ValueSpan)]);
        generator.Builder.Append('\t').AppendLine(text);
    }

    /// <summary>Called by ILGPU's OpenCL generator.</summary>
    public static void WriteOpenCl(CLBackend backend, CLCodeGenerator generator, Value value)
    {
        var call = (MethodCall)value;
        var arguments = new VariableAllocator.Variable[call.Count];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = generator.Load(call[i]);
        var statement = call.Target.ReturnType.IsVoidType
            ? generator.BeginStatement((RawString)"")
            : generator.BeginStatement(generator.Allocate(value));
        // Constants have no variable: only Append writes them right.
        string[] parts = Placeholder().Split(Code(call).OpenCl!);
        for (int i = 0; i < parts.Length; i++)
        {
            if (i % 2 == 0)
                statement.AppendCommand(parts[i]);
            else
                statement.Append(arguments[int.Parse(parts[i])]);
        }
        statement.Finish();
    }

    private static DeviceCodeAttribute Code(MethodCall call) => call.Target.Source!.GetCustomAttribute<DeviceCodeAttribute>()!;

    private static string Registers(PTXCodeGenerator generator, RegisterAllocator<PTXRegisterKind>.Register register) => register switch
    {
        RegisterAllocator<PTXRegisterKind>.CompoundRegister parts => string.Join(", ", parts.Children.Select(part => Registers(generator, part))),
        RegisterAllocator<PTXRegisterKind>.PrimitiveRegister one => "%" + PTXRegisterAllocator.GetStringRepresentation(generator.EnsureHardwareRegister(one)),
        _ => throw new InvalidOperationException($"a register of the kind {register.GetType().Name} has no name"),
    };

    [GeneratedRegex("%(r|[0-9]+)")]
    private static partial Regex Placeholder();
}
