public class Main { public static void main(String[] a) throws Exception { System.out.println(com.aliyun.odps.Odps.class.getName()); } }
